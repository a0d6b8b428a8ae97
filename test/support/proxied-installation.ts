import { startDevInfisical, type DevInfisical } from './dev-infisical';
import { FaultProxy } from './fault-proxy';
import { Installation } from './installation';

/** An installation of the built product, and an Infisical that something else runs, with a fault proxy in between. */
export interface ProxiedInstallation {
  infisical: DevInfisical;
  proxy: FaultProxy;
  installation: Installation;
  /** Nothing of it remains. */
  stop: () => Promise<void>;
}

export async function startProxiedInstallation(): Promise<ProxiedInstallation> {
  const infisical = await startDevInfisical();
  const proxy = await FaultProxy.start(infisical.url);
  const installation = await Installation.create();
  const stop = async () => {
    await installation.run('down');
    await installation.remove();
    await proxy.stop();
    await infisical.stop();
  };
  return { infisical, proxy, installation, stop };
}
