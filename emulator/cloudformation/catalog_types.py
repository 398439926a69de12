"""The two types of Service Catalog that no row describes: a product is made with its versions, and a provisioned product is
ready when its record is.
"""

from ministack.services.cloudformation import provisioners

import actors
import clock
import forwarded
from forwarded import at, own_tags
from gateway_calls import call

SERVICE = "servicecatalog"
PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"
PROVISIONED = "AWS::ServiceCatalog::CloudFormationProvisionedProduct"
GONE = ("ResourceNotFoundException",)
# Properties that CreateProduct takes otherwise, or not at all.
ARTIFACTS, REPLACE = "ProvisioningArtifactParameters", "ReplaceProvisioningArtifacts"
ENDED = ("SUCCEEDED", "FAILED")


def install(handlers: dict) -> None:
    forwarded.keep_off_event_loop(PRODUCT, PROVISIONED)
    actors.THROUGH_GATEWAY.update((PRODUCT, PROVISIONED))
    handlers[PRODUCT] = {"create": create_product, "update": update_product, "delete": delete_product}
    handlers[PROVISIONED] = {"create": provision, "update": update, "delete": terminate}
    provisioners._REPLACING_PROPERTIES[PROVISIONED] = ("NotificationArns", "ProvisionedProductName")


# Products.


def create_product(_logical_id: str, properties: dict, _stack: str) -> forwarded.Provisioned:
    first, *others = properties.get(ARTIFACTS) or [None]
    if first is None:
        raise ValueError("Invalid request provided: ProvisioningArtifactParameters must be provided")
    given = {name: item for name, item in own_tags(properties).items() if name not in (ARTIFACTS, REPLACE)}
    given["ProductType"] = given.get("ProductType") or "CLOUD_FORMATION_TEMPLATE"
    made = call(SERVICE, "CreateProduct", {**given, ARTIFACTS: version(first)})
    product = at(made, "ProductViewDetail.ProductViewSummary.ProductId")
    try:
        for artifact in others:
            call(SERVICE, "CreateProvisioningArtifact", {"ProductId": product, "Parameters": version(artifact)})
        return product, product_attributes(product)
    except ValueError as error:
        error.physical_id = product
        raise


def version(artifact: dict) -> dict:
    return {"Type": "CLOUD_FORMATION_TEMPLATE", **artifact}


def artifacts_of(product: str) -> list[dict]:
    return call(SERVICE, "ListProvisioningArtifacts", {"ProductId": product})["ProvisioningArtifactDetails"]


def product_attributes(product: str) -> dict[str, str]:
    summary = call(SERVICE, "DescribeProductAsAdmin", {"Id": product})["ProductViewDetail"]["ProductViewSummary"]
    artifacts = artifacts_of(product)
    return {
        "Id": product,
        "ProductName": summary["Name"],
        "ProvisioningArtifactIds": ",".join(artifact["Id"] for artifact in artifacts),
        "ProvisioningArtifactNames": ",".join(artifact["Name"] for artifact in artifacts),
    }


def update_product(product: str, old: dict, new: dict, _stack: str) -> forwarded.Provisioned:
    before, after = own_tags(old), own_tags(new)
    apart = (ARTIFACTS, REPLACE, "Tags", "ProductType")
    sent = {name: item for name, item in after.items() if name not in apart and item != before.get(name)}
    tags, keys = after["Tags"], {tag["Key"] for tag in after["Tags"]}
    if tags != before["Tags"]:
        sent["AddTags"] = tags
        sent["RemoveTags"] = [tag["Key"] for tag in before["Tags"] if tag["Key"] not in keys]
    if sent:
        call(SERVICE, "UpdateProduct", {"Id": product, **sent})
    update_versions(product, old.get(ARTIFACTS) or [], new)
    return product, product_attributes(product)


def update_versions(product: str, old: list[dict], new: dict) -> None:
    """Versions are the same by the name and the template; with `ReplaceProvisioningArtifacts` none is."""
    replace = str(new.get(REPLACE, False)).lower() == "true"
    there = artifacts_of(product)
    # Those of the template were made in its order. Others were added by the API, and stay.
    held = {place(artifact): found for artifact, found in zip(old, there, strict=False)}
    for artifact in new.get(ARTIFACTS) or []:
        known = None if replace else held.pop(place(artifact), None)
        if known is None:
            call(SERVICE, "CreateProvisioningArtifact", {"ProductId": product, "Parameters": version(artifact)})
        elif (known.get("Description") or "") != (artifact.get("Description") or ""):
            told = {"ProductId": product, "ProvisioningArtifactId": known["Id"]}
            call(SERVICE, "UpdateProvisioningArtifact", {**told, "Description": artifact.get("Description") or ""})
    for found in held.values():
        gone = {"ProductId": product, "ProvisioningArtifactId": found["Id"]}
        call(SERVICE, "DeleteProvisioningArtifact", gone, gone=GONE)


def place(artifact: dict) -> tuple[str, str]:
    return str(artifact.get("Name", "")), str(sorted((artifact.get("Info") or {}).items()))


def delete_product(product: str, _properties: dict) -> None:
    call(SERVICE, "DeleteProduct", {"Id": product}, gone=GONE)


# Provisioned products.


def provision(logical_id: str, properties: dict, stack: str) -> forwarded.Provisioned:
    name = properties.get("ProvisionedProductName") or provisioners._physical_name(stack, logical_id, max_len=128)
    made = call(SERVICE, "ProvisionProduct", {**own_tags(properties), "ProvisionedProductName": name})
    try:
        return ended(made)
    except ValueError as error:
        error.physical_id = at(made, "RecordDetail.ProvisionedProductId")
        raise


def ended(made: dict) -> forwarded.Provisioned:
    """What a request led to, once its record has ended."""
    record = made["RecordDetail"]
    limit = clock.after(forwarded.PATIENCE_SECONDS)
    while record["Status"] not in ENDED:
        if clock.over(limit):
            raise ValueError(f"Record {record['RecordId']} did not end within an hour")
        clock.pause(forwarded.POLL_SECONDS)
        record = call(SERVICE, "DescribeRecord", {"Id": record["RecordId"]})["RecordDetail"]
    if record["Status"] == "FAILED":
        raise ValueError("; ".join(error["Description"] for error in record["RecordErrors"]) or "no reason given")
    product = record["ProvisionedProductId"]
    found = {"Id": product, "ProvisionedProductId": product, "RecordId": record["RecordId"]}
    if record["RecordType"] != "TERMINATE_PROVISIONED_PRODUCT":
        for output in outputs(product):
            found[f"Outputs.{output['OutputKey']}"] = output["OutputValue"]
        found["CloudformationStackArn"] = found.pop("Outputs.CloudformationStackARN", "")
    return product, found


def outputs(product: str) -> list[dict]:
    found, more = [], {}
    while True:
        page = call(SERVICE, "GetProvisionedProductOutputs", {"ProvisionedProductId": product, **more})
        found += page["Outputs"]
        if not page.get("NextPageToken"):
            return found
        more = {"PageToken": page["NextPageToken"]}


def update(product: str, old: dict, new: dict, _stack: str) -> forwarded.Provisioned:
    sent = {name: item for name, item in own_tags(new).items() if name not in ("NotificationArns", "ProvisionedProductName")}
    if sent["Tags"] == own_tags(old)["Tags"]:
        del sent["Tags"]
    return ended(call(SERVICE, "UpdateProvisionedProduct", {**sent, "ProvisionedProductId": product}))


def terminate(product: str, _properties: dict) -> None:
    asked = call(SERVICE, "TerminateProvisionedProduct", {"ProvisionedProductId": product}, gone=GONE)
    if asked:
        ended(asked)
