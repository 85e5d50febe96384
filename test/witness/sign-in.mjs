// Signs in with MSAL Node: sign-in.mjs secret|certificate|refresh-token. Writes the
// answer as JSON.
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { ConfidentialClientApplication } from '@azure/msal-node';

const { CERTIFICATE, CLIENT_SECRET, CUSTOMER, PARTNER_CLIENT_ID, REFRESH_TOKEN } = process.env;
const scopes = ['https://graph.microsoft.com/.default'];

const auth = { clientId: PARTNER_CLIENT_ID, authority: `https://login.microsoftonline.com/${CUSTOMER}` };
if (process.argv[2] === 'certificate') {
  const pem = readFileSync(CERTIFICATE, 'utf8');
  auth.clientCertificate = { privateKey: pem, thumbprintSha256: new X509Certificate(pem).fingerprint256.replaceAll(':', '') };
} else {
  auth.clientSecret = CLIENT_SECRET;
}
const app = new ConfidentialClientApplication({ auth });
try {
  const answer = process.argv[2] === 'refresh-token'
    ? await app.acquireTokenByRefreshToken({ scopes, refreshToken: REFRESH_TOKEN })
    : await app.acquireTokenByClientCredential({ scopes });
  console.log(JSON.stringify({ token: answer.accessToken, user: answer.account?.username ?? '' }));
} catch (error) {
  console.log(JSON.stringify({ error: error.errorCode, codes: [Number(error.errorNo)] }));
}
