/** The extension of tasks, as clients and servers declare it (ext-tasks, SEP-2663). */
export const tasksExtension = 'io.modelcontextprotocol/tasks';

export const taskMethods = {
  get: 'tasks/get',
  update: 'tasks/update',
  cancel: 'tasks/cancel',
} as const;

/** What a client may ask of a task that it was given. */
export const allTaskMethods: ReadonlySet<string> = new Set(Object.values(taskMethods));

/** Says how a task stands, on the streams of those that listen for it. */
export const taskNotification = 'notifications/tasks';

/** What a request lacks that only clients with the extension may send, as `-32021` says it. */
export const tasksRequired = { requiredCapabilities: { extensions: { [tasksExtension]: {} } } };
