// Drives the official WorkOS SDK: a command a line on standard input, an answer a line on standard output.
//   {"id":1,"key":"aud_live_…","port":5080,"maxRetries":3,"call":"auditLogs.createEvent","arguments":[…]}
//   {"id":1,"value":…,"raw":[{status,body}]} or {"id":1,"error":{name,status,message,code,errors,retryAfter},"raw":[…]}
// Dates are sent as {"$date":"…"}; raw is what the server answered, attempt by attempt.
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

// Node.js 18, which Debian 12 has, doesn't offer it by itself.
globalThis.crypto ??= webcrypto;
const { WorkOS } = await import('@workos-inc/node');

const revive = (_, value) => (value && typeof value === 'object' && '$date' in value ? new Date(value.$date) : value);

async function run(command) {
  const raw = [];
  const client = new WorkOS(command.key, {
    apiHostname: '127.0.0.1',
    port: command.port,
    https: false,
    maxRetries: command.maxRetries,
    fetchFn: async (...request) => {
      try {
        const answer = await fetch(...request);
        raw.push({ status: answer.status, body: await answer.clone().text() });
        return answer;
      } catch (fault) {
        raw.push({ status: 0, body: String(fault) });
        throw fault;
      }
    },
  });
  const path = command.call.split('.');
  const method = path.pop();
  const owner = path.reduce((at, name) => at[name], client);
  try {
    const value = await owner[method](...command.arguments);
    return { value: value === undefined ? null : value, raw };
  } catch (fault) {
    const { name, status, message, code, errors, retryAfter } = fault;
    return { error: { name, status, message, code, errors, retryAfter, class: fault.constructor.name }, raw };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line, revive);
  run(command).then((answer) => process.stdout.write(`${JSON.stringify({ id: command.id, ...answer })}\n`));
}
