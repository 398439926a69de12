//! Gets an object of S3.

use super::job::S3Location;
use crate::aws::SdkConfig;
use crate::aws::operation::{ErrorMetadata, Host, HttpResponse, Operation, Request, Service};
use crate::error::Cause;
use aws_sdk_codepipeline::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_schema::protocol::ClientProtocolInner;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_xml::protocol::aws_rest_xml::AwsRestXmlProtocol;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Errors are XML. The body of a success is read by the caller.
const S3: Service = Service { id: "S3", signing_name: "s3", host: Host::SigningName, objects: true, refusal };

fn refusal(response: &HttpResponse) -> ErrorMetadata {
    let protocol = AwsRestXmlProtocol::new().with_no_error_wrapping(true);
    protocol.parse_error_metadata(response, &ConfigBag::base()).unwrap_or_default().build()
}

/// The characters of a key that are not sent as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The body of an object. The checksum that S3 keeps of it is not compared: an archive has one of each of its files.
pub(super) async fn get(config: &SdkConfig, place: &S3Location) -> Result<SdkBody, Cause> {
    let endpoint = endpoint(config, &place.bucket_name).await?;
    let key = utf8_percent_encode(&place.object_key, ENCODED);
    let request = Request::get(format!("/{key}")).map_err(Cause::other)?;
    Operation { service: S3, name: "GetObject", endpoint }.send(config, request).await
}

/// The address of a bucket. It has a host of its own, unless the endpoint is not AWS's, or its name is no label of a host.
async fn endpoint(config: &SdkConfig, bucket: &str) -> Result<String, Cause> {
    if let Some(own) = S3.own_endpoint(config) {
        return Ok(format!("{}/{bucket}", own.trim_end_matches('/')));
    }
    // The crates of the SDK know the partitions, and that of S3 is not here: only the name of the service differs.
    let params = Params::builder()
        .set_region(config.region().map(ToString::to_string))
        .set_use_fips(config.use_fips())
        .build()
        .map_err(Cause::other)?;
    let resolver = DefaultResolver::new();
    let known = ResolveEndpoint::resolve_endpoint(&resolver, &params).await;
    let known = known.map_err(|error| Cause::incomplete(&error.to_string()))?;
    let host = known.url().trim_start_matches("https://").replacen("codepipeline", "s3", 1);
    let label = |char: u8| char.is_ascii_lowercase() || char.is_ascii_digit() || char == b'-';
    Ok(if bucket.bytes().all(label) {
        format!("https://{bucket}.{host}")
    } else {
        format!("https://{host}/{bucket}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::Region;

    #[tokio::test]
    async fn a_bucket_has_an_address_in_every_partition() {
        for (region, fips, bucket, expected) in [
            ("us-east-1", false, "one-2", "https://one-2.s3.us-east-1.amazonaws.com"),
            ("eu-central-1", false, "one.two", "https://s3.eu-central-1.amazonaws.com/one.two"),
            ("us-east-1", false, "Old_Name", "https://s3.us-east-1.amazonaws.com/Old_Name"),
            ("cn-north-1", false, "one", "https://one.s3.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", true, "one", "https://one.s3-fips.us-gov-west-1.amazonaws.com"),
        ] {
            let config = SdkConfig::builder().region(Region::from_static(region)).use_fips(fips).build();
            assert_eq!(endpoint(&config, bucket).await.unwrap(), expected);
        }
        let own = SdkConfig::builder().endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(endpoint(&own, "one").await.unwrap(), "http://127.0.0.1:4566/one");
    }
}
