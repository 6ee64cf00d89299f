// Drives the npm package connectwise-rest: each line of stdin is a call, each line of stdout what became of it.
import readline from "node:readline";
import connectwise from "connectwise-rest";

const { ManageAPI, utils } = connectwise;

async function answer({ options, api, method, paging, args }) {
  if (api === "utils") return utils.Callback[method](...args);
  const client = new ManageAPI({ ...options, logger: () => {} });
  const group = client[api];
  return paging ? client.paginate(group[method], paging, ...args) : group[method](...args);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const outcome = await answer(JSON.parse(line)).then(
    (value) => ({ value: value ?? null }),
    (error) => ({ error: { status: error.status ?? null, data: error.data ?? null, message: error.message } }),
  );
  console.log(JSON.stringify(outcome));
}
