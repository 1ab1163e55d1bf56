//! The made-up pages of the platform that the demo shows: what a person would read in a browser.

use super::chain::Targeted;

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
