const Sequencer = require('@jest/test-sequencer').default;

/** Tests that start servers come first; what is quick then fills the end on whichever worker is free. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const isQuick = ({ context }) => context.config.displayName?.name === 'unit';
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => !isQuick(test)), ...sorted.filter(isQuick)];
  }
};
