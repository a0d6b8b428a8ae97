import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

type Internals = NonNullable<ReturnType<WorkflowInterceptorsFactory>['internals']>[number];
type Command = Parameters<NonNullable<Internals['concludeActivation']>>[0]['commands'][number];

/**
 * What a workflow tells of itself in one turn is one event of its memo and one of its search attributes: a history is read by
 * people, and each event is a write of the server.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    { concludeActivation: (input, next) => next({ ...input, commands: toldAtOnce(input.commands) }) },
  ],
});

/** The commands with those of each kind as one, where the first of them was; a later value of the same name counts. */
export function toldAtOnce(commands: readonly Command[]): Command[] {
  const memo = fieldsOf(commands, (command) => command.modifyWorkflowProperties?.upsertedMemo?.fields);
  const attributes = fieldsOf(
    commands,
    (command) => command.upsertWorkflowSearchAttributes?.searchAttributes?.indexedFields,
  );
  return commands.flatMap((command) => {
    if (command.modifyWorkflowProperties) {
      if (command !== memo.first) return [];
      return [{ ...command, modifyWorkflowProperties: { upsertedMemo: { fields: memo.all } } }];
    }
    if (command.upsertWorkflowSearchAttributes) {
      if (command !== attributes.first) return [];
      const searchAttributes = { indexedFields: attributes.all };
      return [{ ...command, upsertWorkflowSearchAttributes: { searchAttributes } }];
    }
    return [command];
  });
}

function fieldsOf<T extends object>(
  commands: readonly Command[],
  pick: (command: Command) => T | null | undefined,
): { first: Command | undefined; all: T } {
  const telling = commands.filter(pick);
  return { first: telling[0], all: Object.assign({}, ...telling.map(pick)) as T };
}
