import type { Payload, SerializationContext } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding';

const METADATA = 'onex-secret-for';
// Temporal gives a scheduled run the id of its schedule's action, and when it was due.
const WHEN_DUE = /-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Where a payload's Secrets were sealed, and where alone they open. What was not known there is left out. */
export interface Binding {
  namespace?: string;
  /** A workflow id. */
  workflow?: string;
  /** `workflow` for what a workflow is given, keeps and answers; `activity ID` for one step of it. */
  purpose?: string;
}

/** What the SDK knows of a payload's place. */
export function bindingOf(context: SerializationContext | undefined): Binding {
  if (context === undefined) return {};
  const { type, namespace, workflowId } = context;
  const purpose = type === 'workflow' ? 'workflow' : `activity ${context.activityId ?? ''}`.trimEnd();
  return { namespace, ...(workflowId === undefined ? {} : { workflow: workflowId }), purpose };
}

/** The same payload with a readable note of the binding; none for one that binds nothing. */
export function bound(payload: Payload, binding: Binding): Payload {
  if (Object.keys(binding).length === 0) return payload;
  const { namespace, workflow, purpose } = binding;
  const text = JSON.stringify({ namespace, workflow, purpose });
  return { ...payload, metadata: { ...payload.metadata, [METADATA]: encode(text) } };
}

/** The note of a sealed payload as it stands there: what its Secrets are sealed under. Empty where there is none. */
export function noteOf({ metadata }: Payload): string {
  const note = metadata?.[METADATA];
  return note === undefined || note === null ? '' : decode(note);
}

/** The same payload without the note. */
export function unbound(payload: Payload): Payload {
  const { [METADATA]: _, ...metadata } = payload.metadata ?? {};
  return { ...payload, metadata };
}

/** What a note says; it is to be believed when the Secrets under it have opened. */
export function bindingIn(note: string): Binding {
  return note === '' ? {} : (JSON.parse(note) as Binding);
}

/** Whether what was sealed there may open here: what both sides know is the same. */
export function fits(there: Binding, here: Binding): boolean {
  return (['namespace', 'workflow', 'purpose'] as const).every((part) => {
    const [one, other] = [there[part], here[part]].map((value) => value?.replace(WHEN_DUE, ''));
    return one === undefined || other === undefined || one === other;
  });
}
