// Node's own fetch knows no proxy before Node.js 24, so this gives it one.
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

setGlobalDispatcher(new EnvHttpProxyAgent());
