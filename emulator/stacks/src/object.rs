//! Templates in S3, read as the caller.

use aws_sdk_s3::error::ProvideErrorMetadata;
use emulator_core::{Credentials, Refused, ServiceContext};

/// The text of an object of S3.
///
/// # Errors
/// The code is S3's, or empty if S3 was not asked or its object is no text.
pub async fn object(
    context: &ServiceContext,
    credentials: &Credentials,
    url: &str,
) -> Result<String, Refused> {
    let unreadable = |message: &str| Refused { code: String::new(), message: message.to_owned() };
    let (bucket, key) = place(url).ok_or_else(|| unreadable("It is not a URL of Amazon S3."))?;
    let config = aws_sdk_s3::config::Builder::from(&context.sdk(credentials).await).force_path_style(true);
    let client = aws_sdk_s3::Client::from_conf(config.build());
    let got = client.get_object().bucket(bucket).key(key).send().await;
    let got = got.map_err(|error| {
        let error = error.into_service_error();
        let code = error.code().unwrap_or("Unknown").to_owned();
        Refused { message: format!("Amazon S3 answered {code}."), code }
    })?;
    let bytes = got.body.collect().await.map_err(|error| unreadable(&error.to_string()))?;
    String::from_utf8(bytes.into_bytes().into()).map_err(|_| unreadable("It is not UTF-8."))
}

/// Bucket and key in a URL with the bucket in its host or in its path.
fn place(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    match host.split_once(".s3") {
        Some((bucket, rest)) if rest.starts_with(['.', '-']) => Some((bucket, path)),
        _ if host.starts_with("s3.") || host.starts_with("s3-") => path.split_once('/'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn urls_name_buckets_in_their_host_or_their_path() {
        for (url, expected) in [
            ("https://b.s3.eu-west-1.amazonaws.com/a/t.yaml", Some(("b", "a/t.yaml"))),
            ("https://b.s3.amazonaws.com/t.yaml", Some(("b", "t.yaml"))),
            ("https://b.s3-eu-west-1.amazonaws.com/t.yaml?versionId=1", Some(("b", "t.yaml"))),
            ("https://s3.amazonaws.com/b/a/t.yaml", Some(("b", "a/t.yaml"))),
            ("https://s3-eu-west-1.amazonaws.com/b/t.yaml", Some(("b", "t.yaml"))),
            ("https://example.com/b/t.yaml", None),
            ("http://b.s3.amazonaws.com/t.yaml", None),
            ("s3://b/t.yaml", None),
        ] {
            assert_eq!(place(url), expected, "{url}");
        }
    }
}
