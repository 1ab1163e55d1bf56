//! Nobody is in the way, nothing fails.

use reseat::files::Real;
use reseat::hub::stage::{Folded, Stage, Standing, standing};

use crate::support::hubs::{ALL, Old, Place, contents};

#[test]
fn each_old_database_is_replaced_and_comes_back_byte_for_byte() {
    for old in ALL {
        let place = Place::new(old);
        let placed = place.place(&Real).unwrap_or_else(|stopped| panic!("{old:?}: {stopped}"));
        place.assert_placed();
        assert_eq!(placed.read_back.as_ref().unwrap().events, Some(300));
        assert_eq!(standing(&place.stages()), Standing::Placed);
        let kept = placed.safety.path("folded.db");
        match placed.safety.folded {
            Folded::Yes { .. } => {
                let folded = [("sqlite.db".to_owned(), std::fs::read(kept).unwrap())].into();
                assert_eq!(contents(&folded), contents(&place.before), "{old:?}");
            }
            Folded::Missing => assert!(matches!(old, Old::Missing | Old::NoFolder | Old::Strays)),
            Folded::No { .. } => assert!(matches!(old, Old::Garbage | Old::Ruined), "{old:?}"),
        }
        let undone = place.undo(&Real).unwrap_or_else(|stopped| panic!("{old:?}: {stopped}"));
        place.assert_as_before();
        assert!(undone.after.is_none(), "the restored file itself is the copy");
        assert_eq!(place.stages().last(), Some(&Stage::Undone));
    }
}
