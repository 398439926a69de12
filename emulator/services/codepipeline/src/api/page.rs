//! Pages of a list. The token names the last item of the page before, so that items added meanwhile move nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use emulator_core::Failure;

/// The items after `token`, at most `most`, and the token of the next page if there is one.
pub(crate) fn page<T>(
    items: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> String,
    token: Option<&str>,
    most: usize,
) -> Result<(Vec<T>, Option<String>), Failure> {
    let mut items = items.into_iter();
    if let Some(token) = token {
        let wrong = || Failure::new("InvalidNextTokenException", "The next token is not one of this list");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
        let last = String::from_utf8(bytes).map_err(|_| wrong())?;
        items.find(|item| name(item) == last).ok_or_else(wrong)?;
    }
    let page: Vec<T> = items.by_ref().take(most.max(1)).collect();
    let more = items.next().is_some();
    let next = page.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(name(last)));
    Ok((page, next))
}
