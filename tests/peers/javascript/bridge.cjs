// Reads one call per line of standard input, makes it with the AWS SDK for JavaScript, and writes one answer per line:
// {"service", "operation", "input"} for one call, with "member" and "size" for all pages of a list.
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");

const load = createRequire(`${process.argv[2]}/`);
const SERVICES = { codebuild: "CodeBuild", codepipeline: "CodePipeline", sagemaker: "SageMaker" };
const clients = {};

async function answer({ service, operation, input, member, size }) {
  const sdk = load(`@aws-sdk/client-${service}`);
  const client = (clients[service] ??= new sdk[`${SERVICES[service]}Client`]({}));
  if (member === undefined) {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](input));
    return { output };
  }
  const items = [];
  for await (const page of sdk[`paginate${operation}`]({ client, pageSize: size ?? undefined }, input)) {
    items.push(...page[member]);
  }
  return { items };
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
