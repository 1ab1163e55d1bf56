//! The made-up pages of the platform that the demo shows: what a person would read in a browser.

use super::chain::Targeted;
use super::target::{Here, Value, hub_in};
use crate::identity::ConnectorId;

/// The page on which a connector is created; once it appeared in the hub folder, the page of the new connector.
pub fn new_connector_page(values: &[Value], here: Option<&Here>, fresh: Option<ConnectorId>) -> String {
    let there = fresh.and_then(|id| here?.connector(id));
    let name = values.first().map_or("", |value| value.shown(false));
    if let Some((there, hub)) = there.and_then(|there| Some((there, hub_in(there)?))) {
        return page(name, &hub.to_string(), &there.connector.to_string());
    }
    let hub = here.and_then(Here::hub).map_or_else(|| "this machine's hub".to_owned(), |hub| hub.to_string());
    let mut page = format!("A made-up page of the platform (demo)\n\n  Data hubs / {hub} / New connector\n\n");
    for value in values {
        page.push_str(&format!("  {:<13}{}\n", value.label, value.shown(false)));
    }
    page.push_str("\n  [ Create ]   It was pressed for you: some seconds later the connector is in the list.\n");
    page
}

/// The page of the new connector.
pub fn connector_page(targeted: &Targeted, name: &str) -> String {
    let mapping = &targeted.mapping;
    page(name, &mapping.hub.new.to_string(), &mapping.connector.new.to_string())
}

/// A page of the platform: name, IDs, and the menu of the hub.
pub fn page(name: &str, hub: &str, connector: &str) -> String {
    format!(
        "A made-up page of the platform (demo)\n\n  Data hubs / {hub} / Connectors / {name}\n\n  Name          {name}\n  \
         Connector ID  {connector}\n  Hub ID        {hub}\n\n  https://platform.example/hubs/{hub}/connectors/{connector}\n\n  \
         Menu of the hub, at the upper right:  Update config | Sync\n\nCopy the ID from here, as you would from the browser.\n"
    )
}
