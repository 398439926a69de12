//! One condition of a statement: an operator, a key, the values of the policy.

use crate::pattern::Pattern;
use crate::policy::PolicyError;
use crate::request::Context;
use std::cmp::Ordering;

/// How several values of a key are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    None,
    ForAllValues,
    ForAnyValue,
}

/// How one value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Bool,
    Binary,
    Ip,
    Numeric(Order),
    Date(Order),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Null,
    Compare { comparison: Comparison, negated: bool, set: Set, if_exists: bool },
}

/// A condition, which a request fulfils or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    values: Vec<String>,
}

impl Condition {
    /// # Errors
    /// When IAM has no such operator.
    pub(crate) fn new(operator: &str, key: &str, values: Vec<String>) -> Result<Self, PolicyError> {
        let unknown = || PolicyError::Operator(operator.to_owned());
        Ok(Self { operator: parse(operator).ok_or_else(unknown)?, key: key.to_owned(), values })
    }

    pub(crate) fn holds(&self, context: &Context) -> bool {
        let actual = context.get(&self.key);
        let Operator::Compare { comparison, negated, set, if_exists } = self.operator else {
            let absent = actual.is_none();
            return self.values.iter().any(|value| value.eq_ignore_ascii_case("true") == absent);
        };
        let Some(actual) = actual else {
            return match set {
                _ if if_exists => true,
                Set::ForAllValues => true,
                Set::ForAnyValue => false,
                Set::None => negated,
            };
        };
        let matches = |value: &String| self.values.iter().any(|own| equal(comparison, own, value, context));
        match set {
            Set::ForAllValues => actual.iter().all(|value| matches(value) != negated),
            Set::ForAnyValue => actual.iter().any(|value| matches(value) != negated),
            // A negated operator is true if no value of the policy matches.
            Set::None => actual.iter().any(matches) != negated,
        }
    }
}

fn parse(operator: &str) -> Option<Operator> {
    if operator == "Null" {
        return Some(Operator::Null);
    }
    let (set, rest) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (Set::ForAllValues, rest),
        Some(("ForAnyValue", rest)) => (Set::ForAnyValue, rest),
        Some(_) => return None,
        None => (Set::None, operator),
    };
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
    let (comparison, negated) = match name {
        "StringEquals" => (Comparison::Equals, false),
        "StringNotEquals" => (Comparison::Equals, true),
        "StringEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, true),
        "StringLike" => (Comparison::Like, false),
        "StringNotLike" => (Comparison::Like, true),
        // Both names of the ARN operators mean the same.
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Bool" => (Comparison::Bool, false),
        "BinaryEquals" => (Comparison::Binary, false),
        "IpAddress" => (Comparison::Ip, false),
        "NotIpAddress" => (Comparison::Ip, true),
        _ => ordered(name)?,
    };
    Some(Operator::Compare { comparison, negated, set, if_exists })
}

fn ordered(name: &str) -> Option<(Comparison, bool)> {
    let (kind, order): (fn(Order) -> Comparison, _) = match name.strip_prefix("Numeric") {
        Some(order) => (Comparison::Numeric, order),
        None => (Comparison::Date, name.strip_prefix("Date")?),
    };
    let (order, negated) = match order {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    };
    Some((kind(order), negated))
}

/// Whether the value of a policy matches that of the request.
fn equal(comparison: Comparison, own: &str, actual: &str, context: &Context) -> bool {
    let literal = || Pattern::literal(own, context);
    let wild = || Pattern::wild(own, context);
    match comparison {
        Comparison::Equals => literal().is_some_and(|own| own.matches(actual)),
        Comparison::EqualsIgnoreCase => literal().is_some_and(|own| own.matches_ignoring_case(actual)),
        Comparison::Like => wild().is_some_and(|own| own.matches(actual)),
        Comparison::Arn => wild().is_some_and(|own| own.matches_arn(actual)),
        Comparison::Bool => own.eq_ignore_ascii_case(actual),
        Comparison::Binary => own == actual,
        Comparison::Ip => {
            network(own).zip(network(actual)).is_some_and(|(own, actual)| own.contains(&actual))
        }
        Comparison::Numeric(order) => {
            let pair = actual.parse::<f64>().ok().zip(own.parse::<f64>().ok());
            pair.and_then(|(actual, own)| actual.partial_cmp(&own)).is_some_and(|found| order.is(found))
        }
        Comparison::Date(order) => {
            let pair = instant(actual).zip(instant(own));
            pair.is_some_and(|(actual, own)| order.is(actual.cmp(&own)))
        }
    }
}

impl Order {
    fn is(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// A block of addresses, or one address.
fn network(text: &str) -> Option<ipnet::IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from))
}

/// A date of ISO 8601, or seconds since 1970.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    let seconds = || text.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    text.parse().ok().or_else(seconds)
}
