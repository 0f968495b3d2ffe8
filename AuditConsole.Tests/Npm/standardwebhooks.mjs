// Verifies deliveries with the official library of Standard Webhooks. Reads {secret, deliveries: [{headers, body}]} from
// standard input, writes a line for each: ok, or why it was refused.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const { secret, deliveries } = JSON.parse(readFileSync(0, 'utf8'));
const webhook = new Webhook(secret);
for (const { headers, body } of deliveries) {
    try {
        webhook.verify(Buffer.from(body, 'base64').toString('utf8'), headers);
        console.log('ok');
    } catch (error) {
        console.log(error.message);
    }
}
