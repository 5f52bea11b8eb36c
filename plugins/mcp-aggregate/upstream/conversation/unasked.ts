/** Notifications that a conversation hears although no call is under way. */
export const unasked: ReadonlySet<string> = new Set([
  'notifications/message',
  'notifications/resources/updated',
  'notifications/elicitation/complete',
]);
