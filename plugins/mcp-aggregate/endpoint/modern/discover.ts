import { modernVersions } from '../../../../lib/protocol/classify.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { discoverResult } from '../../core/eras/modern-result.js';
import { introductionOf } from '../requests/ticket.js';
import { answerOk } from './modern-post.js';
import type { ModernPost } from './modern-post.js';

/** Answers `server/discover`: what all servers together offer, for no longer than it is read. */
export async function discover(post: ModernPost): Promise<void> {
  const { runtime, ticket } = post.exchange;
  const items = runtime.itemsFor(ticket.caller);
  const offered = await items.capabilities();
  const extensions = items.offersTasks ? { extensions: { [tasksExtension]: {} } } : {};
  const { config } = ticket;
  const versions = config.versions.filter((version) => modernVersions.includes(version));
  await answerOk(
    post,
    discoverResult(introductionOf(ticket), versions, { ...offered, ...extensions }),
  );
}
