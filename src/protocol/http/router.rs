//! Finds the routes of a path.

use std::sync::LazyLock;

use super::policy::Verb;
use super::route::Route;
use super::routes::ROUTES;

/// The routes of one path, with their indexes in [`routes`].
pub(super) type PathRoutes = Vec<(usize, &'static Route)>;

static ROUTER: LazyLock<matchit::Router<PathRoutes>> = LazyLock::new(|| {
    let mut paths: Vec<(&'static str, PathRoutes)> = Vec::new();
    for (index, route) in routes().enumerate() {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, found)) => found.push((index, route)),
            None => paths.push((route.path, vec![(index, route)])),
        }
    }
    let mut router = matchit::Router::new();
    for (path, found) in paths {
        if let Err(error) = router.insert(path, found) {
            tracing::error!(path, %error, "a route cannot be served");
        }
    }
    router
});

/// All routes.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}

/// The routes of a path, and the parts of it that vary.
pub(super) fn find(path: &str) -> Option<(&'static PathRoutes, matchit::Params<'static, '_>)> {
    let found = ROUTER.at(path).ok()?;
    Some((found.value, found.params))
}

/// The methods of all paths.
pub(super) const ALL_METHODS: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

/// The methods of a path, for `Allow`.
pub(super) fn allowed(routes: &PathRoutes) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for (_, route) in routes {
        let also = (route.verb == Verb::Get).then_some("HEAD");
        for method in [Some(route.verb.as_str()), also].into_iter().flatten() {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_route_is_found_and_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for (index, route) in routes().enumerate() {
            let (found, _) = find(route.path).unwrap_or_else(|| panic!("{}", route.path));
            assert!(found.iter().any(|(other, _)| *other == index));
            assert!(names.insert(route.operation), "{}", route.operation);
            assert!(!route.summary.ends_with('.'), "{}", route.operation);
        }
        assert_eq!(ROUTER.at("/nothing").map(|_| ()).ok(), None);
    }
}
