//! Pages of a list. A token holds the place of its page's last item in the order of the list, so that what is made or
//! deleted between two pages moves nothing else.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The token is not one of this list. Each service has an error of its own for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadToken;

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// The page of at most `most` items that follows the one with this token; an empty token is the first page. `items` come with
/// their places, which are all different.
///
/// # Errors
/// If the token is not one that this function made.
pub fn page<K, T>(
    items: impl IntoIterator<Item = (K, T)>,
    order: Order,
    token: &str,
    most: usize,
) -> Result<Page<T>, BadToken>
where
    K: Ord + Serialize + DeserializeOwned,
{
    let mut items: Vec<(K, T)> = items.into_iter().collect();
    items.sort_by(|(one, _), (other, _)| match order {
        Order::Ascending => one.cmp(other),
        Order::Descending => other.cmp(one),
    });
    if !token.is_empty() {
        let last: K = read(token).ok_or(BadToken)?;
        items.retain(|(place, _)| match order {
            Order::Ascending => *place > last,
            Order::Descending => *place < last,
        });
    }
    let most = most.max(1);
    let next = (items.len() > most).then(|| token_of(&items[most - 1].0));
    Ok(Page { items: items.into_iter().take(most).map(|(_, item)| item).collect(), next })
}

fn token_of(place: &impl Serialize) -> String {
    hex::encode(serde_json::to_vec(place).expect("places are numbers and texts"))
}

fn read<K: DeserializeOwned>(token: &str) -> Option<K> {
    serde_json::from_slice(&hex::decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], order: Order, token: &str, expected: &[&str]) -> Option<String> {
        let items = names.iter().map(|name| ((*name).to_owned(), *name));
        let page = page(items, order, token, 2).unwrap();
        assert_eq!(page.items, expected);
        page.next
    }

    #[test]
    fn pages_follow_each_other_while_the_list_changes() {
        let next = check(&["b", "d", "a"], Order::Ascending, "", &["a", "b"]).unwrap();
        assert_eq!(check(&["a", "b", "d"], Order::Ascending, &next, &["d"]), None);
        assert_eq!(check(&["a", "aa", "d"], Order::Ascending, &next, &["d"]), None);
        let next = check(&["b", "d", "a"], Order::Descending, "", &["d", "b"]).unwrap();
        assert_eq!(check(&["a", "c", "d"], Order::Descending, &next, &["a"]), None);
        assert_eq!(check(&["a", "b"], Order::Ascending, "", &["a", "b"]), None);
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        for token in ["x", "zz", "31", &hex::encode("[1]")] {
            assert_eq!(page([("a".to_owned(), ())], Order::Ascending, token, 1), Err(BadToken), "{token}");
        }
    }
}
