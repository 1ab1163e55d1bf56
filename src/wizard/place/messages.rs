//! What Place asks the runtime for, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use super::elsewhere;
use super::look::{Look, Open};
use crate::finding::Finding;
use crate::hub::place::{Left, Step as Act};
use crate::hub::service::Service;
use crate::wizard::after::After;
use crate::wizard::chain::{Accepted, Proved};

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Look at the place, and who has the file open.
    Look(Arc<Proved>),
    /// Look again who has the file open.
    LookAgain {
        /// The hub's folder.
        root: Option<PathBuf>,
        /// The file.
        path: PathBuf,
    },
    /// Stop a service: recorded first, then done.
    StopService {
        /// Which.
        service: Service,
        /// The restore that stops it.
        restore: String,
    },
    /// Start a service that reseat has stopped.
    StartService {
        /// Which.
        service: Service,
        /// The restore that stopped it.
        restore: Option<String>,
    },
    /// Replace: safety copy, last look, exchange, read back.
    Replace {
        /// What to place.
        proved: Arc<Proved>,
        /// What was accepted here.
        accepted: Vec<Accepted>,
        /// Into the live file.
        online: bool,
    },
    /// The commands for another machine, and the file in which they also stand.
    Commands {
        /// What to place there.
        proved: Arc<Proved>,
        /// The SSH login of the hub.
        login: String,
    },
    /// A receipt was given: record that it is placed there.
    Receipt {
        /// What was placed.
        proved: Arc<Proved>,
        /// The line; none when the person says that it was placed by hand.
        line: Option<String>,
    },
    /// A step of the list was ticked, or un-ticked.
    Tick {
        /// The restore.
        restore: String,
        /// The step's name.
        step: String,
        /// What becomes of it.
        tick: Tick,
    },
}

/// What becomes of a step of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// A person says that it is done.
    Said,
    /// It was seen to be done.
    Seen,
    /// It is open again.
    Open,
    /// A person leaves it open knowingly.
    LeftOpen,
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// A look.
    Looked(Box<Look>),
    /// Who has the file open now.
    LookedAgain(Box<Open>),
    /// The place could not be looked at: what stops it.
    NotLooked(Vec<Finding>),
    /// The service stands still, or why it does not (R614).
    ServiceStopped(Result<Service, Box<Finding>>),
    /// The service runs again, or why it does not (R614).
    ServiceStarted(Result<Service, Box<Finding>>),
    /// A part of the act has begun.
    Step(Act),
    /// It is placed.
    Placed(Box<After>),
    /// It was not placed.
    Stopped {
        /// Why; none when it was asked to stop.
        finding: Option<Box<Finding>>,
        /// What is there now.
        left: Left,
    },
    /// The commands for another machine.
    Commands(Box<elsewhere::Commands>),
    /// The tick is recorded, or why not.
    Ticked(Result<(), String>),
}
