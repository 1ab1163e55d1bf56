//! How an object was cut into parts when it was uploaded: what a checksum of the parts needs. Asked of each part's head, which
//! needs no other permission than reading.

use futures::{StreamExt, TryStreamExt};

use crate::catalog::{Catalog, CatalogError, Head};

/// S3 takes no more parts than these.
const MOST: u32 = 10_000;
/// Heads that are asked at once.
const AT_ONCE: usize = 16;

/// The sizes of all parts in their order; or why they are not known, as a sentence.
pub(super) async fn sizes(catalog: &dyn Catalog, head: &Head) -> Result<Result<Vec<u64>, String>, CatalogError> {
    let unknown = |why: &str| Ok(Err(why.to_owned()));
    let pinned = head.backup.pinned();
    let key = head.backup.key.raw();
    let Some(first) = catalog.part(key, 1, &pinned).await? else {
        return unknown("It was uploaded in parts, and the source does not say how large they are.");
    };
    if first.of == 0 || first.of > MOST {
        return unknown("It was uploaded in parts, and the source gives no sensible number of them.");
    }
    let others = futures::stream::iter(2..=first.of).map(|number| catalog.part(key, number, &pinned));
    let others: Vec<_> = others.buffered(AT_ONCE).try_collect().await?;
    let mut sizes = vec![first.size];
    for part in others {
        match part {
            Some(part) if part.of == first.of => sizes.push(part.size),
            _ => return unknown("It was uploaded in parts, and the source does not say how large each of them is."),
        }
    }
    let whole = sizes.iter().try_fold(0u64, |sum, size| sum.checked_add(*size));
    if whole != Some(head.backup.size) {
        return unknown("It was uploaded in parts, and their sizes do not add up to its length.");
    }
    Ok(Ok(sizes))
}
