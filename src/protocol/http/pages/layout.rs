//! The frame of every page: head, search box and foot.

use maud::{DOCTYPE, Markup, html};

use super::assets;

/// The logged-in account of a browser.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Its user name.
    pub user: String,
    /// Whether it may use the admin pages.
    pub is_admin: bool,
}

/// The parts of a page that are not its content.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shell<'a> {
    /// The account, once logged in.
    pub viewer: Option<&'a Viewer>,
    /// The text in the search box.
    pub query: &'a str,
}

/// The part of the site that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The front page, with a search box of its own.
    Home,
    /// Genres, decades and ratings.
    Browse,
    /// The admin pages.
    Admin,
    /// The account of the user.
    Account,
    /// The login page.
    Login,
    /// Movies, people, results and errors.
    Other,
}

impl Shell<'_> {
    /// A whole page. `title` is shown before the name of the program in the browser's tab.
    pub fn page(&self, section: Section, title: &str, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title {
                        @if title.is_empty() { "Catalogue" } @else { (title) " · Catalogue" }
                    }
                    link rel="stylesheet" href=(assets::style().path);
                    link rel="icon" href="/favicon.svg" type="image/svg+xml";
                    link rel="search" type="application/opensearchdescription+xml" title="Catalogue" href="/opensearch.xml";
                    script type="module" src=(assets::script().path) {}
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    (self.header(section))
                    main #content tabindex="-1" { (content) }
                    footer.site-footer {
                        p { "Served by " strong { "catalogue" } ", your own movie database." }
                        ul {
                            li { a href="/browse" { "Browse" } }
                            li { a href="/api/v1/openapi.json" { "API description" } }
                        }
                    }
                }
            }
        }
    }

    fn header(&self, section: Section) -> Markup {
        let current = |here: Section| (section == here).then_some("page");
        html! {
            header.site-header {
                div.bar {
                    a.brand href="/" aria-current=[current(Section::Home)] {
                        (mark()) span { "Catalogue" }
                    }
                    @if section != Section::Home { (self.search_box()) }
                    nav aria-label="Site" {
                        a href="/browse" aria-current=[current(Section::Browse)] { "Browse" }
                        @if let Some(viewer) = self.viewer {
                            @if viewer.is_admin {
                                a href="/admin" aria-current=[current(Section::Admin)] { "Admin" }
                            }
                            a href="/account" aria-current=[current(Section::Account)] title={ "Signed in as " (viewer.user) } { "Account" }
                            form.inline action="/logout" method="post" {
                                button.link type="submit" { "Sign out" }
                            }
                        } @else {
                            a href="/login" aria-current=[current(Section::Login)] { "Sign in" }
                        }
                    }
                }
            }
        }
    }

    /// The search form. The script makes a combobox of it.
    pub fn search_box(&self) -> Markup {
        html! {
            search.search {
                form action="/search" method="get" data-search {
                    label.hidden for="q" { "Search films" }
                    (magnifier())
                    input #q type="text" name="q" value=(self.query) placeholder="Search films"
                        autocomplete="off" autocapitalize="off" spellcheck="false"
                        enterkeyhint="search" maxlength="512";
                    button type="submit" { "Search" }
                }
            }
        }
    }
}

/// The program's mark: a frame of film.
fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" {
            rect.mark-ground width="32" height="32" rx="8" {}
            circle.mark-disc cx="16" cy="16" r="8" {}
            path.mark-play d="M13.6 11.8v8.4l7-4.2z" {}
        }
    }
}

fn magnifier() -> Markup {
    html! {
        svg.magnifier viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" {
            circle cx="8.5" cy="8.5" r="5.5" {}
            path d="m13 13 4.5 4.5" {}
        }
    }
}
