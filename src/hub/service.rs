//! The unit or container that has a database open: the command that stops it, what else stops, and starting it again.

use serde::{Deserialize, Serialize};

use crate::finding::{Code, Finding, Severity};
use crate::identity::ConnectorId;
use crate::text::printable;
use crate::world::World;

/// Who runs a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// A systemd unit.
    Systemd,
    /// A container of Docker.
    Docker,
    /// A container of Podman.
    Podman,
}

impl ServiceKind {
    const fn program(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl",
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// A service that can be stopped and started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Who runs it.
    pub kind: ServiceKind,
    /// Its name, such as `datahub.service`.
    pub name: String,
    /// The other connectors whose databases it has open: they stop with it. Sorted.
    pub stops_also: Vec<ConnectorId>,
}

impl Service {
    /// The words of the command that stops it.
    pub fn stop_words(&self) -> Vec<String> {
        self.words("stop")
    }

    /// The words of the command that starts it.
    pub fn start_words(&self) -> Vec<String> {
        self.words("start")
    }

    /// What to do about it, in two sentences.
    pub fn advice(&self) -> String {
        let stop = format!("Stop it: {}.", shell_line(&self.stop_words()));
        match self.stops_also.as_slice() {
            [] => stop,
            [one] => format!("{stop} Connector {} stops, too.", one.short()),
            several => {
                let names: Vec<String> = several.iter().map(|connector| connector.short()).collect();
                format!("{stop} The connectors {} stop, too.", names.join(", "))
            }
        }
    }

    fn words(&self, verb: &str) -> Vec<String> {
        vec![self.kind.program().to_owned(), verb.to_owned(), self.name.clone()]
    }
}

/// The words of a command as a person types them into a shell.
pub fn shell_line(words: &[String]) -> String {
    words.iter().map(|word| crate::text::shell_quote(word)).collect::<Vec<_>>().join(" ")
}

/// Stops it, and waits until the command is done. R614 when the command fails.
pub fn stop(world: &World, service: &Service) -> Result<(), Box<Finding>> {
    run(world, &service.stop_words())
}

/// Starts it again. R614 when the command fails.
pub fn start(world: &World, service: &Service) -> Result<(), Box<Finding>> {
    run(world, &service.start_words())
}

fn run(world: &World, words: &[String]) -> Result<(), Box<Finding>> {
    let [program, arguments @ ..] = words else { return Ok(()) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let what = shell_line(words);
    let detail = match world.runner.run(program, &arguments) {
        Ok(ran) if ran.ok() => return Ok(()),
        Ok(ran) => {
            let said = if ran.stderr.trim().is_empty() { &ran.stdout } else { &ran.stderr };
            let lines: Vec<&str> = said.trim().lines().collect();
            let last = printable(&lines[lines.len().saturating_sub(3)..].join("; "));
            let status = ran.status.map_or_else(|| "a signal ended it".to_owned(), |status| format!("status {status}"));
            if last.is_empty() { format!("{what}: {status}.") } else { format!("{what}: {status}: {last}") }
        }
        Err(error) => format!("{what} could not be started: {}.", printable(&error.to_string())),
    };
    Err(Box::new(
        Finding::new(Code::R614, Severity::Block, detail)
            .why("While the database is open it is not replaced.")
            .remedy("Stop or start it by hand in a shell, then look again.")
            .about(what),
    ))
}

/// A service as a control group names it: a unit by its name, a container by its ID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Raw {
    kind: ServiceKind,
    id: String,
}

/// The service that a process with these control groups belongs to.
pub(crate) fn of_cgroups(paths: &[String]) -> Option<Raw> {
    paths.iter().find_map(|path| of_cgroup(path))
}

fn of_cgroup(path: &str) -> Option<Raw> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    // Units of a person's own session are stopped by that person: no command of root's names them.
    if parts.first() == Some(&"user.slice") {
        return parts.iter().rev().find_map(|part| container(part, ""));
    }
    let unit = parts.iter().find(|part| part.ends_with(".service")).map(|part| (*part).to_owned());
    let mut before = "";
    let mut inside = None;
    for part in &parts {
        inside = inside.or_else(|| container(part, before));
        before = part;
    }
    // A unit that runs one container (as Podman's do) starts it again by itself: the unit is what to stop.
    let engines = ["docker.service", "containerd.service", "podman.service", "crio.service", "kubelet.service"];
    match (unit, inside) {
        (Some(unit), inside) if inside.is_none() || !engines.contains(&unit.as_str()) => {
            Some(Raw { kind: ServiceKind::Systemd, id: unit })
        }
        (_, inside) => inside,
    }
}

/// A container's control group: `docker-<id>.scope`, `docker/<id>`, `libpod-<id>.scope`.
fn container(part: &str, before: &str) -> Option<Raw> {
    let part = part.strip_suffix(".scope").unwrap_or(part);
    let is_id = |id: &str| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let raw = |kind, id: &str| is_id(id).then(|| Raw { kind, id: id.to_owned() });
    if let Some(id) = part.strip_prefix("docker-") {
        return raw(ServiceKind::Docker, id);
    }
    if let Some(id) = part.strip_prefix("libpod-payload-").or_else(|| part.strip_prefix("libpod-")) {
        return raw(ServiceKind::Podman, id);
    }
    if before == "docker" { raw(ServiceKind::Docker, part) } else { None }
}

/// The service with the name that a person knows it by: a container's name is asked for.
pub(crate) fn named(world: &World, raw: &Raw, stops_also: Vec<ConnectorId>) -> Service {
    let name = match raw.kind {
        ServiceKind::Systemd => raw.id.clone(),
        kind => {
            let asked = world.runner.run(kind.program(), &["inspect", "--format", "{{.Name}}", &raw.id]);
            let name = asked
                .ok()
                .filter(crate::world::Ran::ok)
                .map(|ran| ran.stdout.trim().trim_start_matches('/').to_owned());
            let plain = |name: &String| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
            };
            name.filter(plain).unwrap_or_else(|| raw.id.chars().take(12).collect())
        }
    };
    Service { kind: raw.kind, name, stops_also }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<(ServiceKind, String)> {
        of_cgroups(&[path.to_owned()]).map(|raw| (raw.kind, raw.id))
    }

    #[test]
    fn control_groups_name_units_and_containers() {
        let id = "0123456789abcdef".repeat(4);
        let unit = |name: &str| Some((ServiceKind::Systemd, name.to_owned()));
        assert_eq!(of("/system.slice/datahub.service"), unit("datahub.service"));
        assert_eq!(of("/system.slice/datahub.service/worker"), unit("datahub.service"));
        assert_eq!(of(&format!("/system.slice/docker-{id}.scope")), Some((ServiceKind::Docker, id.clone())));
        assert_eq!(of(&format!("/docker/{id}")), Some((ServiceKind::Docker, id.clone())));
        assert_eq!(of(&format!("/machine.slice/libpod-{id}.scope")), Some((ServiceKind::Podman, id.clone())));
        assert_eq!(of(&format!("/system.slice/hub.service/libpod-payload-{id}")), unit("hub.service"));
        assert_eq!(of("/user.slice/user-1000.slice/session-3.scope"), None);
        assert_eq!(of("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service"), None);
        assert_eq!(of("/"), None);
    }

    #[test]
    fn advice_names_what_stops_too() {
        let mut service = Service { kind: ServiceKind::Docker, name: "hub".to_owned(), stops_also: Vec::new() };
        assert_eq!(service.advice(), "Stop it: docker stop hub.");
        service.stops_also = vec!["5e22b0c7-19f4-4a83-b6d1-c07f3e58a410".parse().unwrap()];
        assert_eq!(service.advice(), "Stop it: docker stop hub. Connector 5e22b0c7… stops, too.");
    }
}
