//! Which part of all backups this process takes: as it was typed, or as the array job that it belongs to says.

use crate::commands::failure::Failure;
use crate::restore::audit::Part;
use crate::world::World;

/// The part: `I/N` as typed; `N`, with the index of the array job; nothing, with all that Slurm says; or everything.
pub(super) fn of(typed: Option<&str>, world: &World) -> Result<Part, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Usage(format!("--shard: {error}"));
    match typed {
        Some(typed) => match typed.trim().parse::<u64>() {
            Err(_) => typed.trim().parse().map_err(|error| wrong(&error)),
            Ok(of) => {
                let index = batch(world)?.or(slurm(world)?.map(|(index, _)| index));
                let index = index
                    .ok_or_else(|| wrong(&"this is no array job that says which part: write I/N, for example 0/16"))?;
                Part::new(index, of).map_err(|error| wrong(&error))
            }
        },
        None => match slurm(world)? {
            Some((index, Some(count))) => Part::new(index, count).map_err(|error| wrong(&error)),
            _ => Ok(Part::ALL),
        },
    }
}

/// The index in an array job of AWS Batch, from 0.
fn batch(world: &World) -> Result<Option<u64>, Failure> {
    number(world, "AWS_BATCH_JOB_ARRAY_INDEX")
}

/// The index in an array job of Slurm, and how many there are. Its IDs may begin anywhere; they must have no gaps.
fn slurm(world: &World) -> Result<Option<(u64, Option<u64>)>, Failure> {
    let Some(id) = number(world, "SLURM_ARRAY_TASK_ID")? else { return Ok(None) };
    let first = number(world, "SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
    let (last, count) = (number(world, "SLURM_ARRAY_TASK_MAX")?, number(world, "SLURM_ARRAY_TASK_COUNT")?);
    let gaps = last.zip(count).is_some_and(|(last, count)| last.checked_sub(first) != count.checked_sub(1));
    match id.checked_sub(first) {
        Some(index) if !gaps => Ok(Some((index, count))),
        _ => Err(Failure::Usage(
            "the array of this Slurm job has gaps: number its tasks without a step, or add --shard I/N".to_owned(),
        )),
    }
}

fn number(world: &World, name: &str) -> Result<Option<u64>, Failure> {
    let read = |text: &str| {
        text.parse().map_err(|_| Failure::Usage(format!("{name} is no number: {}", crate::text::printable(text))))
    };
    world.variable(name).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(variables: &[(&str, &str)]) -> World {
        let environment = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        World { environment, ..World::real() }
    }

    #[test]
    fn an_array_job_says_which_part_is_its_own() {
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "3")];
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "4"),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_MAX", "8"),
            ("SLURM_ARRAY_TASK_COUNT", "8"),
        ];
        let part = |typed, variables: &[(&str, &str)]| of(typed, &world(variables)).ok().map(|part| part.to_string());
        assert_eq!(part(Some("2/5"), &batch).unwrap(), "2/5");
        assert_eq!(part(Some("16"), &batch).unwrap(), "3/16");
        assert_eq!(part(None, &batch).unwrap(), "0/1");
        assert_eq!(part(None, &slurm).unwrap(), "3/8");
        assert_eq!(part(Some("4"), &slurm).unwrap(), "3/4");
        assert_eq!(part(Some("0/1"), &slurm).unwrap(), "0/1");
        assert_eq!(part(None, &[]).unwrap(), "0/1");
    }

    #[test]
    fn what_would_leave_something_out_is_refused() {
        let refused = |typed, variables: &[(&str, &str)]| {
            assert!(matches!(of(typed, &world(variables)), Err(Failure::Usage(_))), "{typed:?} {variables:?}");
        };
        for typed in ["5/5", "0/0", "1", "-1/4", "a/b", "1/", ""] {
            refused(Some(typed), &[]);
        }
        refused(Some("3"), &[("AWS_BATCH_JOB_ARRAY_INDEX", "3")]);
        refused(Some("3"), &[("AWS_BATCH_JOB_ARRAY_INDEX", "x")]);
        let steps = [("SLURM_ARRAY_TASK_ID", "4"), ("SLURM_ARRAY_TASK_MIN", "0"), ("SLURM_ARRAY_TASK_MAX", "8")];
        refused(None, &[&steps[..], &[("SLURM_ARRAY_TASK_COUNT", "3")]].concat());
    }
}
