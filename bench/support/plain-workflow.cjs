// A run of two steps as the SDK's documentation has it; only the heartbeat timeout is the product's.
const { proxyActivities } = require('@temporalio/workflow');

const { step } = proxyActivities({ startToCloseTimeout: '1m', heartbeatTimeout: '6s' });

exports.plain = async () => {
  await step();
  await step();
};
