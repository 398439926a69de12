//! EC2 by its query protocol, on the runtime of the SDK: a function uses twenty of its 700 operations, and the SDK crate of all
//! takes ten minutes and 7 GB of memory to compile. What an answer has is read into types of the caller, with the names of the
//! API reference: fields that a type lacks are left out.

use super::SdkConfig;
use super::operation::next_page;
use super::query::Api;
use crate::error::Cause;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

pub use super::query::Input;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>
const EC2: Api = Api::new("EC2", "ec2", "2016-11-15");

/// The service.
#[derive(Clone, Debug)]
pub struct Ec2 {
    config: SdkConfig,
}

/// Some of all: a name, and the values that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    name: String,
    values: Vec<String>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// What it is about.
    pub key: String,
    /// What it says, which may be nothing.
    #[serde(default)]
    pub value: String,
}

impl Filter {
    /// Those that have one of the values.
    #[must_use]
    pub fn new(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.to_owned(), values: values.into_iter().map(Into::into).collect() }
    }

    fn input(self) -> Input {
        Input::default().with("Filter.1.Name", self.name).with_all("Filter.1.Value", self.values)
    }
}

impl Ec2 {
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone() }
    }

    /// Makes a call, and reads its answer.
    ///
    /// # Errors
    /// Those of the SDK, classified; and an answer that lacks a field of `T`.
    pub async fn call<T: DeserializeOwned>(&self, action: &'static str, input: &Input) -> Result<T, Cause> {
        let answer = EC2.call(&self.config, action, input).await?;
        quick_xml::de::from_reader(answer.bytes().unwrap_or_default()).map_err(Cause::other)
    }

    /// Makes a call whose answer says nothing.
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn run(&self, action: &'static str, input: &Input) -> Result<(), Cause> {
        EC2.call(&self.config, action, input).await.map(drop)
    }

    /// All items of a list, to its last page.
    ///
    /// # Errors
    /// As [`Self::call`], for any page.
    pub async fn list<T: DeserializeOwned>(
        &self,
        action: &'static str,
        by: Option<Filter>,
    ) -> Result<Vec<T>, Cause> {
        let first = by.map_or_else(Input::default, Filter::input);
        let mut listed = Vec::new();
        let (mut input, mut asked) = (first.clone(), None);
        loop {
            let page: Page<T> = self.call(action, &input).await?;
            listed.extend(page.items);
            asked = next_page(asked.as_deref(), page.next_token)?;
            let Some(token) = &asked else { return Ok(listed) };
            input = first.clone().with("NextToken", token);
        }
    }
}

/// A page of any list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct Page<T> {
    #[serde(
        default,
        deserialize_with = "items",
        alias = "egressOnlyInternetGatewaySet",
        alias = "internetGatewaySet",
        alias = "natGatewaySet",
        alias = "networkAclSet",
        alias = "networkInterfaceSet",
        alias = "routeTableSet",
        alias = "securityGroupInfo",
        alias = "securityGroupRuleSet",
        alias = "subnetSet",
        alias = "vpcEndpointSet",
        alias = "vpcPeeringConnectionSet",
        alias = "vpcSet",
        alias = "vpnGatewaySet"
    )]
    items: Vec<T>,
    next_token: Option<String>,
}

/// Reads a list within an answer, whose elements are all called `item`.
///
/// # Errors
/// Those of the elements.
pub fn items<'de, D: Deserializer<'de>, T: DeserializeOwned>(list: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Items<T> {
        #[serde(default = "Vec::new")]
        item: Vec<T>,
    }
    Items::deserialize(list).map(|list| list.item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_have_no_items_and_texts_may_be_escaped() {
        let read = |body: &str| quick_xml::de::from_str::<Page<Tag>>(body);
        for none in ["<R><vpcSet/></R>", "<R><vpcSet>\n</vpcSet></R>", "<R/>", "<R><nextToken/></R>"] {
            assert!(read(none).unwrap().items.is_empty(), "{none}");
        }
        let page = read(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n  <vpcSet>\n    \
             <item>\n<key>a</key><value>b &amp; &lt;c&gt; &#233;</value><more><item>1</item></more></item>\n  \
             <item><key>d</key><value/></item>  </vpcSet><nextToken>n==</nextToken></R>",
        );
        let page = page.unwrap();
        let tags: Vec<_> = page.items.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
        assert_eq!(tags, [("a", "b & <c> é"), ("d", "")]);
        assert_eq!(page.next_token.as_deref(), Some("n=="));
        assert!(
            read("<R><vpcSet><item><value>b</value></item></vpcSet></R>").is_err(),
            "a tag without a key"
        );
        assert!(read("<R><vpcSet><item>").is_err(), "half an answer");
    }
}
