//! Handlers of the forms and pages for admins.

use hyper::StatusCode;

use super::super::super::error::HttpError;
use super::super::super::message::HttpResponse;
use super::super::super::query::Query;
use super::super::super::route::{Exchange, TaskFuture};
use super::super::layout::Shell;
use super::super::public::unexpected;
use super::super::respond::{base, html, see_other, viewer};
use super::super::words;
use super::{
    AccountRow, ConnectionRow, KeyRow, NewKey, accounts_page, connections_page, keys_page,
};
use crate::api::{Answer, Command, NewUser};
use crate::auth::{KeyLifetime, Password, new_user};
use crate::config::limits;
use crate::store::{KeyGrant, Role, StoredKey, now};

/// The page of accounts.
pub fn accounts<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move { show_accounts(&mut exchange, None).await })
}

pub fn add_account<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let done = match new_account(&exchange.request.body) {
            Ok(user) => run(&mut exchange, Command::AddUser(Box::new(user))).await,
            Err(error) => Err(error),
        };
        show_accounts_after(&mut exchange, done).await
    })
}

pub fn remove_account<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let user = text(&form(&exchange.request.body)?, "user")?;
        let done = run(&mut exchange, Command::RemoveUser(user)).await;
        show_accounts_after(&mut exchange, done).await
    })
}

/// Changes the role of an account.
pub fn set_role<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let form = form(&exchange.request.body)?;
        let (user, role) = (text(&form, "user")?, role(&form)?);
        let done = run(&mut exchange, Command::SetRole(user, role)).await;
        show_accounts_after(&mut exchange, done).await
    })
}

/// Changes the password of the admin's own account.
pub fn change_password<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let done = own_password(&mut exchange).await;
        show_accounts_after(&mut exchange, done).await
    })
}

/// Changes the password of the caller's own account, by the fields `old` and `new` of a form.
///
/// # Errors
/// The refusal.
pub async fn own_password(exchange: &mut Exchange<'_, '_>) -> Result<(), HttpError> {
    let request = exchange.request;
    let (old, new) = {
        let form = form(&request.body)?;
        let old = Password::from_bytes(value(&form, "old")?.as_bytes());
        (old, Password::new(value(&form, "new")?.as_bytes()))
    };
    let new = new.map_err(HttpError::bad_request)?;
    let changed = exchange.caller.change_password(request.head, old, new);
    Ok(changed.await?)
}

/// The page of keys.
pub fn keys<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move { show_keys(&mut exchange, None, None).await })
}

/// Adds a key, and shows it.
pub fn add_key<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let grant = match grant(&exchange.request.body) {
            Ok(grant) => grant,
            Err(error) => {
                return refused(
                    show_keys(&mut exchange, None, Some(&error.detail)).await,
                    &error,
                );
            }
        };
        let name = grant.name.clone();
        match exchange
            .run(Command::AddKey(Box::new(grant)))
            .await
            .map_err(HttpError::from)
        {
            Ok(Answer::NewKey(key)) => {
                let secret = String::from_utf8_lossy(key.expose()).into_owned();
                let base = base(&exchange);
                show_keys(&mut exchange, Some(NewKey { name, secret, base }), None).await
            }
            Ok(_) => Err(unexpected()),
            Err(error) => refused(
                show_keys(&mut exchange, None, Some(&error.detail)).await,
                &error,
            ),
        }
    })
}

pub fn revoke_key<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = text(&form(&exchange.request.body)?, "name")?;
        match run(&mut exchange, Command::RevokeKey(name)).await {
            Ok(()) => Ok(see_other("/admin/keys")),
            Err(error) => refused(
                show_keys(&mut exchange, None, Some(&error.detail)).await,
                &error,
            ),
        }
    })
}

/// The page of connections.
pub fn connections<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let Answer::Connections(connections) = exchange.run(Command::ListConnections).await? else {
            return Err(unexpected());
        };
        let rows = connections.into_iter().map(|connection| ConnectionRow {
            id: connection.id,
            address: connection.address.to_string(),
            user: connection.user.map(|user| user.to_string()),
            connected_seconds: connection.connected_seconds,
            idle_seconds: connection.idle_seconds,
            commands: connection.commands,
        });
        let rows: Vec<ConnectionRow> = rows.collect();
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        Ok(html(connections_page(
            &shell,
            &rows,
            limits::MAX_CONNECTIONS_SHOWN,
        )))
    })
}

async fn run(exchange: &mut Exchange<'_, '_>, command: Command<'_>) -> Result<(), HttpError> {
    exchange.run(command).await?;
    Ok(())
}

async fn show_accounts_after(
    exchange: &mut Exchange<'_, '_>,
    done: Result<(), HttpError>,
) -> Result<HttpResponse, HttpError> {
    match done {
        Ok(()) => Ok(see_other("/admin/accounts")),
        Err(error) => refused(show_accounts(exchange, Some(&error.detail)).await, &error),
    }
}

async fn show_accounts(
    exchange: &mut Exchange<'_, '_>,
    fault: Option<&str>,
) -> Result<HttpResponse, HttpError> {
    let Answer::Accounts(accounts) = exchange.run(Command::ListUsers).await? else {
        return Err(unexpected());
    };
    let rows = accounts.into_iter().map(|account| AccountRow {
        user: account.name,
        role: account.role.to_string(),
        added: words::day(account.created_at),
    });
    let rows: Vec<AccountRow> = rows.collect();
    let viewer = viewer(exchange);
    let shell = Shell {
        viewer: viewer.as_ref(),
        query: "",
    };
    Ok(html(accounts_page(&shell, &rows, fault)))
}

async fn show_keys(
    exchange: &mut Exchange<'_, '_>,
    new: Option<NewKey>,
    fault: Option<&str>,
) -> Result<HttpResponse, HttpError> {
    let Answer::Keys(keys) = exchange.run(Command::ListKeys).await? else {
        return Err(unexpected());
    };
    let rows: Vec<KeyRow> = keys.into_iter().map(key_row).collect();
    let viewer = viewer(exchange);
    let shell = Shell {
        viewer: viewer.as_ref(),
        query: "",
    };
    Ok(html(keys_page(&shell, &rows, new.as_ref(), fault)))
}

fn key_row(key: StoredKey) -> KeyRow {
    let ago = |time: i64| {
        format!(
            "{} ago",
            words::seconds((now() - time).max(0).unsigned_abs())
        )
    };
    KeyRow {
        scope: if key.grant.is_search_only {
            "search only".to_owned()
        } else {
            key.grant.role.to_string()
        },
        name: key.grant.name,
        created: words::day(key.created_at),
        expires: key.grant.expires_at.map(words::day),
        last_used: key.last_used_at.map(ago),
    }
}

/// The page with the reason for which a form was refused, with the status of the refusal.
fn refused(
    page: Result<HttpResponse, HttpError>,
    error: &HttpError,
) -> Result<HttpResponse, HttpError> {
    // The browser shows the page with any status. If the login has ended, it is sent to the login
    // page.
    if error.status == StatusCode::UNAUTHORIZED && page.is_err() {
        return Err(error.clone());
    }
    let mut page = page?;
    *page.status_mut() = error.status;
    Ok(page)
}

/// The fields of a form.
pub fn form(body: &[u8]) -> Result<Query<'_>, HttpError> {
    let text = std::str::from_utf8(body);
    Query::parse(text.map_err(|_| HttpError::bad_request("the form is not UTF-8"))?)
}

/// The value of a field that the form has to have.
fn value<'f>(form: &'f Query<'_>, name: &str) -> Result<&'f str, HttpError> {
    let value = form.get(name);
    value.ok_or_else(|| HttpError::bad_request(format_args!("the form lacks `{name}`")))
}

fn text(form: &Query<'_>, name: &str) -> Result<String, HttpError> {
    value(form, name).map(str::to_owned)
}

fn role(form: &Query<'_>) -> Result<Role, HttpError> {
    text(form, "role")?.parse().map_err(HttpError::bad_request)
}

fn new_account(body: &[u8]) -> Result<NewUser, HttpError> {
    let form = form(body)?;
    Ok(NewUser {
        name: new_user(value(&form, "user")?).map_err(HttpError::bad_request)?,
        password: Password::new(value(&form, "password")?.as_bytes())
            .map_err(HttpError::bad_request)?,
        role: role(&form)?,
    })
}

fn grant(body: &[u8]) -> Result<KeyGrant, HttpError> {
    let form = form(body)?;
    let (role, is_search_only) = match text(&form, "scope")?.as_str() {
        "search" => (Role::Reader, true),
        role => (role.parse().map_err(HttpError::bad_request)?, false),
    };
    let lifetime: Option<KeyLifetime> = match form.get("expires").unwrap_or_default() {
        "" => None,
        text => Some(text.parse().map_err(HttpError::bad_request)?),
    };
    let grant = KeyGrant::new(&text(&form, "name")?, role, is_search_only, lifetime, now());
    grant.map_err(HttpError::bad_request)
}
