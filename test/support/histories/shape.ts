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

/** What a history says of its workflow's code, in lines: its commands and its end; no ids, times or values. */
export function shapeOf(events: RecordedEvent[]): string[] {
  return [...events.flatMap(lines), events.at(-1)?.eventType ?? 'empty'];
}

function lines(event: RecordedEvent): string[] {
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) return [`activity ${activity.activityType.name}`];
  const marker = event.markerRecordedEventAttributes;
  if (marker) return [`marker ${marker.markerName} ${JSON.stringify(patchOf(marker.details))}`];
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (child) return [`child ${child.workflowType.name}`];
  const upsert = event.upsertWorkflowSearchAttributesEventAttributes;
  return upsert ? [`attributes ${Object.keys(upsert.searchAttributes.indexedFields).join()}`] : [];
}

function patchOf(details: Record<string, { payloads: { data: string }[] }> = {}): string[] {
  const data = Object.values(details).flatMap(({ payloads }) => payloads.map((payload) => payload.data));
  return data.map((text) => Buffer.from(text, 'base64').toString());
}
