use super::*;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

fn laid_out() -> (tempfile::TempDir, Folder) {
    let folder = tempfile::tempdir().unwrap();
    for org in ["acme", "acme-bio", "zeta"] {
        let below = folder.path().join(format!("{org}/datahub/{HUB}/connector/{CONNECTOR}"));
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("sqlite.db"), org).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "n").unwrap();
    let opened = Folder::new(folder.path()).unwrap();
    (folder, opened)
}

fn keys(page: &Page) -> Vec<String> {
    page.objects.iter().map(|object| object.key.raw().to_owned()).collect()
}

#[test]
fn a_level_is_listed_like_a_bucket() {
    let (_folder, opened) = laid_out();
    let page = opened.page("", true, PAGE, None).unwrap();
    assert_eq!(page.prefixes.iter().map(Untrusted::raw).collect::<Vec<_>>(), ["acme-bio/", "acme/", "zeta/"]);
    assert_eq!(keys(&page), ["notes.txt"]);
    let inside = opened.page("acme/datahub/", true, PAGE, None).unwrap();
    assert_eq!(inside.prefixes.len(), 1);
    let begun = opened.page("acme", true, PAGE, None).unwrap();
    assert_eq!(begun.prefixes.len(), 2);
    assert!(opened.page("nobody/", true, PAGE, None).unwrap().prefixes.is_empty());
}

#[test]
fn deep_lists_go_on_where_the_page_ended() {
    let (_folder, opened) = laid_out();
    let whole = keys(&opened.page("", false, PAGE, None).unwrap());
    assert_eq!(whole.len(), 4);
    for limit in 1..4 {
        let (mut found, mut after): (Vec<String>, Option<Token>) = (Vec::new(), None);
        loop {
            let page = opened.page("", false, limit, after.as_ref().map(|token| token.key.as_str())).unwrap();
            found.extend(keys(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, whole, "{limit}");
    }
}

#[test]
fn no_key_leads_out_of_the_folder() {
    let (folder, opened) = laid_out();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    let secret = outside.path().join("secret").display().to_string();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("away")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("acme/link")).unwrap();
    let up = format!("../{}", secret.trim_start_matches('/'));
    for key in [
        "../secret",
        "acme/../../secret",
        &secret,
        "",
        ".",
        "./notes.txt",
        "away/secret",
        "acme/link",
        "a\0b",
        &up,
        "acme//x",
    ] {
        let error = opened.open(key).unwrap_err();
        assert!(matches!(error, CatalogError::Outside { .. }), "{key:?}: {error}");
    }
    for prefix in ["../", "acme/../../", "away/"] {
        assert!(opened.page(prefix, true, PAGE, None).is_err(), "{prefix}");
    }
    // Links are shown, and neither followed nor taken for backups.
    let listed = opened.page("", false, PAGE, None).unwrap();
    assert!(
        listed.objects.iter().filter(|object| object.key.raw().contains("link")).all(|object| object.place.is_none())
    );
    assert!(!keys(&listed).iter().any(|key| key.contains("secret")));
    assert!(keys(&opened.page("/", true, PAGE, None).unwrap()).is_empty());
}

#[test]
fn what_is_missing_is_told_from_what_leads_away() {
    let (_folder, opened) = laid_out();
    assert!(matches!(opened.open("acme/nothing"), Err(CatalogError::Missing { .. })));
    assert!(matches!(opened.open("notes.txt/x"), Err(CatalogError::Missing { .. })));
    assert!(matches!(opened.open("acme"), Err(CatalogError::Missing { .. })));
    assert!(opened.open(&format!("acme/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db")).is_ok());
}
