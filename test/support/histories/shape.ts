type Named = { name: string };

/** An event of a history as `temporal workflow show --output json` has it. */
export interface RecordedEvent {
  eventType: string;
  workflowExecutionStartedEventAttributes?: { workflowType: Named };
  activityTaskScheduledEventAttributes?: { activityType: Named };
  markerRecordedEventAttributes?: {
    markerName: string;
    details?: Record<string, { payloads: { data: string }[] }>;
  };
  startChildWorkflowExecutionInitiatedEventAttributes?: { workflowType: Named };
  upsertWorkflowSearchAttributesEventAttributes?: { searchAttributes: { indexedFields: object } };
}

/**
 * What a history says of its workflow's code, in lines: its commands, what it tells of itself, and its end; no ids, times or
 * values. In how many events it tells that depends on which steps ended at one moment.
 */
export function shapeOf(events: RecordedEvent[]): string[] {
  const told = events.flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
    Object.keys(upsert?.searchAttributes.indexedFields ?? {}),
  );
  const attributes = [...new Set(told)].sort().join();
  return [...events.flatMap(lines), `attributes ${attributes}`, events.at(-1)?.eventType ?? 'empty'];
}

function lines(event: RecordedEvent): string[] {
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) return [`activity ${activity.activityType.name}`];
  const marker = event.markerRecordedEventAttributes;
  if (marker) return [`marker ${marker.markerName} ${JSON.stringify(patchOf(marker.details))}`];
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  return child ? [`child ${child.workflowType.name}`] : [];
}

function patchOf(details: Record<string, { payloads: { data: string }[] }> = {}): string[] {
  const data = Object.values(details).flatMap(({ payloads }) => payloads.map((payload) => payload.data));
  return data.map((text) => Buffer.from(text, 'base64').toString());
}
