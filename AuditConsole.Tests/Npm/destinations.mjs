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

  async gcs({ url, bucket, name, text }) {
    const { Storage } = require('@google-cloud/storage');
    const storage = new Storage({ projectId: 'acme', apiEndpoint: url, retryOptions: { autoRetry: false } });
    const file = storage.bucket(bucket).file(name);
    const save = () => file.save(text, { resumable: false, validation: 'md5', contentType: 'text/plain', preconditionOpts: { ifGenerationMatch: 0 } });
    await save();
    const again = await save().then(() => 200, (fault) => fault.code);
    const [metadata] = await file.getMetadata();
    return { again, md5: metadata.md5Hash };
  },

  async bigquery({ url, dataset, table, row, source, jobId }) {
    const { BigQuery } = require('@google-cloud/bigquery');
    const bigquery = new BigQuery({ projectId: 'acme', apiEndpoint: url, token: 'official', autoRetry: false });
    await bigquery.dataset(dataset).table(table).insert([{ insertId: row.id, json: row }], { raw: true });
    const create = () => bigquery.createJob({
      jobId,
      location: 'EU',
      configuration: { load: {
        sourceUris: [source], sourceFormat: 'NEWLINE_DELIMITED_JSON', writeDisposition: 'WRITE_APPEND',
        destinationTable: { projectId: 'acme', datasetId: dataset, tableId: table },
      } },
    });
    const [job] = await create();
    const again = await create().then(() => 200, (fault) => fault.code);
    let state;
    do { state = (await job.getMetadata())[0].status; } while (state.state !== 'DONE');
    return { again, error: state.errorResult ?? null };
  },

  async google({ url, email, key }) {
    const { GoogleToken } = require('gtoken');
    const { request } = require('gaxios');
    const transporter = { request: (options) => request({ ...options, url: `${url}/token` }) };
    return new GoogleToken({ email, key, scope: ['https://www.googleapis.com/auth/devstorage.read_write'], transporter }).getToken();
  },

  async snowflake({ account, user, key }) {
    const KeyPair = require('./node_modules/snowflake-sdk/dist/lib/authentication/auth_keypair.js');
    const body = { data: {} };
    const make = KeyPair.default ?? KeyPair;
    const auth = new make({ getPrivateKey: () => key, getPrivateKeyPath: () => undefined, getPrivateKeyPass: () => undefined });
    await auth.authenticate('SNOWFLAKE_JWT', '', account, user);
    auth.updateBody(body);
    return body.data.TOKEN;
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
