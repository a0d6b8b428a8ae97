/** Stops what was lent. */
export default async function tearDown(): Promise<void> {
  await globalThis.lentServers?.stop();
}
