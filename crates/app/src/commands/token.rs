//! `creativestore token`

use anyhow::Context;
use serde_json::{Value, json};

use super::server::Server;

/// Sign in to a running service and print an access token.
///
/// Give one of --one-time-token, --api-key or --login; `-` reads the secret from standard input. With --login the
/// password is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    credential: Credential,
    /// Print all of the answer as JSON, the refresh token included.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Credential {
    /// A token that signs in once.
    #[arg(long, value_name = "TOKEN")]
    one_time_token: Option<String>,
    /// A program's key.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// A user's login.
    #[arg(long)]
    login: Option<String>,
}

impl Arguments {
    pub fn run(self) -> anyhow::Result<()> {
        let answer = self.server.post("/v1/auth/token", &self.credential.body()?)?;
        if self.json {
            return super::print(&answer.to_string());
        }
        super::print(answer["access_token"].as_str().context("the answer holds no token")?)
    }
}

impl Credential {
    fn body(self) -> anyhow::Result<Value> {
        Ok(match self {
            Self { one_time_token: Some(token), .. } => json!({ "one_time_token": secret(token)? }),
            Self { api_key: Some(key), .. } => json!({ "api_key": secret(key)? }),
            Self { login, .. } => json!({ "login": login, "password": password()? }),
        })
    }
}

fn secret(given: String) -> anyhow::Result<String> {
    if given == "-" { line() } else { Ok(given) }
}

fn password() -> anyhow::Result<String> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        rpassword::prompt_password("Password: ").context("asking for the password")
    } else {
        line()
    }
}

fn line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("reading standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
