use super::*;

#[test]
fn a_list_is_cut_and_says_so() {
    let items: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    assert_eq!(some_of(&items[..0], 3), "");
    assert_eq!(some_of(&items[..1], 3), "a");
    assert_eq!(some_of(&items[..3], 3), "a, b and c");
    assert_eq!(some_of(&items, 3), "a, b, c and 1 more");
}
