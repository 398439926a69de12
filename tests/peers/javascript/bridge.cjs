// Reads one call per line of standard input, makes it with the AWS SDK for JavaScript, and writes one answer per line:
// {"service", "operation", "input"} for one call, with "member" and "size" for all pages of a list.
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");

const load = createRequire(`${process.argv[2]}/`);
const SERVICES = {
  cloudformation: ["cloudformation", "CloudFormation"],
  codebuild: ["codebuild", "CodeBuild"],
  codepipeline: ["codepipeline", "CodePipeline"],
  organizations: ["organizations", "Organizations"],
  sagemaker: ["sagemaker", "SageMaker"],
  servicecatalog: ["service-catalog", "ServiceCatalog"],
};
const clients = {};

async function answer({ service, operation, input, member, size }) {
  const [folder, name] = SERVICES[service];
  const sdk = load(`@aws-sdk/client-${folder}`);
  const client = (clients[service] ??= new sdk[`${name}Client`]({}));
  if (member === undefined) {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](input));
    return { output };
  }
  const items = [];
  const paginate = sdk[`paginate${operation}`] ?? byToken(sdk[`${operation}Command`]);
  for await (const page of paginate({ client, pageSize: size ?? undefined }, input)) {
    items.push(...page[member]);
  }
  return { items };
}

// For lists of Service Catalog that have a paginator in botocore and none in this SDK.
function byToken(Command) {
  return async function* ({ client, pageSize }, input) {
    let token;
    do {
      const page = await client.send(new Command({ ...input, PageSize: pageSize, PageToken: token }));
      yield page;
      token = page.NextPageToken;
    } while (token);
  };
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    let result;
    try {
      result = await answer(JSON.parse(line));
    } catch (error) {
      result = { error: error.name, message: error.message };
    }
    console.log(JSON.stringify(result));
  }
})();
