// Drives a vendor's official client against a stub of the tests: node destinations.mjs CLIENT, arguments as JSON on
// standard input, what it returned as JSON on standard output.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const clients = {
  async datadog({ name, calls }) {
    // Its main module loads every API of Datadog, which takes seconds.
    const packages = '@datadog/datadog-api-client/dist/packages';
    const { createConfiguration } = require(`${packages}/datadog-api-client-common`);
    const { LogsApi } = require(`${packages}/datadog-api-client-v2/apis/LogsApi`);
    const statuses = [];
    for (const { key, encoding, logs } of calls) {
      const configuration = createConfiguration({ authMethods: { apiKeyAuth: key }, serverIndex: 1 });
      configuration.setServerVariables({ protocol: 'http', name });
      try {
        await new LogsApi(configuration).submitLog({ contentEncoding: encoding ?? undefined, body: logs });
        statuses.push(202);
      } catch (fault) {
        if (!fault.code) throw fault;
        statuses.push(fault.code);
      }
    }
    return statuses;
  },

  splunk({ url, token, events }) {
    const { Logger } = require('splunk-logging');
    const logger = new Logger({ token, url, maxBatchCount: 0 });
    return new Promise((resolve, reject) => {
      logger.error = reject;
      for (const event of events) logger.send(event);
      logger.flush((fault, response, body) => (fault ? reject(fault) : resolve(body)));
    });
  },
};

let input = '';
for await (const piece of process.stdin) input += piece;
const result = await clients[process.argv[2]](JSON.parse(input));
process.stdout.write(JSON.stringify(result ?? null), () => process.exit(0));
