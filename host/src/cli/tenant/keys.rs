//! Keys of a tenant: 256 random bits, of which only the hash is kept.

use sha2::{Digest, Sha256};

use super::Of;
use crate::cli::columns::{Column, columns};
use crate::cli::kept::told;
use crate::cli::{terminal, values};
use crate::store::{Key, Settings};

/// What to do with keys.
#[derive(Debug, clap::Args)]
pub(super) struct Wish {
    /// List them; a key itself is never shown again
    #[arg(long, conflicts_with = "revoke")]
    list: bool,

    /// Take this one back
    #[arg(long, value_name = "ID")]
    revoke: Option<String>,
}

pub(super) fn run(of: &Of, wish: &Wish) -> anyhow::Result<String> {
    let tenant = of.tenant()?;
    if wish.list {
        return Ok(table(&Settings::load(tenant.folder()).map_err(told)?.keys));
    }
    if let Some(id) = &wish.revoke {
        let revoke = |settings: &mut Settings| {
            let before = settings.keys.len();
            settings.keys.retain(|key| key.id != *id);
            settings.keys.len() < before
        };
        let (_, had) = Settings::change(tenant.folder(), revoke).map_err(told)?;
        anyhow::ensure!(had, "tenant {} has no key {}", of.name, terminal::harmless(id));
        return Ok(format!("key {id} is revoked\n"));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random bits: {error}"))?;
    let text = format!("begat_{}", hex(&bytes));
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    // Its hash names it: nobody finds the key by that.
    let id: String = sha256.chars().take(8).collect();
    let key = Key { id: id.clone(), sha256, made: values::clock() };
    Settings::change(tenant.folder(), |settings| settings.keys.push(key)).map_err(told)?;
    terminal::say(&format!("begat: this is key {id} of tenant {}; it is not shown again", of.name));
    Ok(text + "\n")
}

pub(super) fn table(keys: &[Key]) -> String {
    let time = |key: &Key| {
        jiff::Timestamp::from_millisecond(key.made).map_or_else(|_| "-".into(), |time| time.to_string())
    };
    columns(&[
        Column::text("key", keys.iter().map(|key| terminal::harmless(&key.id))),
        Column::text("made", keys.iter().map(time)),
    ])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
