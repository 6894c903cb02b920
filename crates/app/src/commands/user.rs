//! `creativestore user …`: works on the records directly, so that there is a way in when nobody can sign in.

use anyhow::{Context, bail};
use clap::Subcommand;
use creativestore_domain::access::{Grants, Role};
use creativestore_domain::id::AccountId;
use creativestore_domain::text::{Login, Name};
use creativestore_ports::people::User;
use creativestore_usecases::{Caller, Inside, users};
use creativestore_wire::rfc3339;
use serde_json::{Value, json};

use crate::{life, wiring};

/// Keep the people who may sign in. Works beside a running service.
#[derive(Subcommand)]
pub enum Command {
    /// Make a user and print a token that signs them in once.
    Create {
        /// What they sign in with: a name or an e-mail address.
        login: String,
        /// What others call them; their login when not given.
        #[arg(long)]
        name: Option<String>,
        /// Administrator of the whole installation: every account, present and future.
        #[arg(long)]
        admin: bool,
        /// A role in an account; may be given several times.
        #[arg(long = "grant", value_name = "ACCOUNT=ROLE", value_parser = grant)]
        grants: Vec<(AccountId, Role)>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List all users.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print a new one-time token for a user who lost their way in; an earlier one stops working.
    Invite {
        /// Their login.
        login: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lock a user out for good; sessions that they have end.
    Disable {
        /// Their login.
        login: String,
    },
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        let configuration = super::configuration()?;
        life::runtime(1)?.block_on(async {
            let opened = wiring::open_beside(&configuration).await?;
            let done = self.apply(&opened.inside).await;
            opened.close().await;
            done
        })
    }

    async fn apply(self, inside: &Inside) -> anyhow::Result<()> {
        let caller = Caller::system();
        match self {
            Self::Create { login, name, admin, grants, json } => {
                if !admin && grants.is_empty() {
                    bail!("give --admin, or --grant ACCOUNT=ROLE: without either the user could do nothing");
                }
                let request = users::Create {
                    name: Name::parse(name.as_deref().unwrap_or(&login)).context("--name")?,
                    login: Login::parse(&login).context("login")?,
                    grants: Grants { installation: admin, accounts: grants.into_iter().collect() },
                };
                let created = users::create(inside, &caller, request).await?;
                invited(&created.user.login, &created.one_time_token, json)
            }
            Self::List { json } => list(&users::list(inside, &caller).await?, json),
            Self::Invite { login, json } => {
                let login = Login::parse(&login).context("login")?;
                let token = users::invite(inside, &caller, &login).await?;
                invited(&login, &token, json)
            }
            Self::Disable { login } => {
                let login = Login::parse(&login).context("login")?;
                users::disable(inside, &caller, &login).await?;
                super::print(&format!("{login} is locked out"))
            }
        }
    }
}

fn grant(text: &str) -> Result<(AccountId, Role), String> {
    let (account, role) = text.split_once('=').ok_or("write ACCOUNT=ROLE")?;
    let account = AccountId::parse(account).map_err(|error| error.to_string())?;
    let roles = || Role::ALL.map(Role::as_str).join(", ");
    let role = Role::parse(role).ok_or_else(|| format!("`{role}` is none of the roles {}", roles()))?;
    Ok((account, role))
}

fn invited(login: &Login, token: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return super::print(&json!({ "login": login.to_string(), "one_time_token": token }).to_string());
    }
    super::print(&format!("{login} signs in, once, with\n{token}"))
}

fn list(users: &[User], json: bool) -> anyhow::Result<()> {
    if json {
        let users: Vec<Value> = users.iter().map(shown).collect();
        return super::print(&serde_json::to_string_pretty(&users)?);
    }
    let width = users.iter().map(|user| user.login.to_string().chars().count()).max().unwrap_or_default();
    for user in users {
        let state = if user.disabled_at.is_some() { "  (locked out)" } else { "" };
        super::print(&format!("{:width$}  {}{state}", user.login.to_string(), may(&user.grants)))?;
    }
    Ok(())
}

fn may(grants: &Grants) -> String {
    if grants.installation {
        return "administrator of the installation".to_owned();
    }
    let each = grants.accounts.iter().map(|(account, role)| format!("{} in {account}", role.as_str()));
    each.collect::<Vec<_>>().join(", ")
}

fn shown(user: &User) -> Value {
    let User { id, login, name, password, one_time_token, grants, created_at, disabled_at } = user;
    let roles = grants.accounts.iter();
    json!({
        "id": id.to_string(),
        "login": login.to_string(),
        "name": name.to_string(),
        "has_password": password.is_some(),
        "invited": one_time_token.is_some(),
        "installation_admin": grants.installation,
        "accounts": roles.map(|(id, role)| json!({ "account": id.to_string(), "role": role.as_str() })).collect::<Vec<_>>(),
        "created_at": rfc3339(*created_at),
        "disabled_at": disabled_at.map(rfc3339),
    })
}
