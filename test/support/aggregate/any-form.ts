import type { CheckForms } from '../../../plugins/mcp-aggregate/core/items/item-form.js';

/** For tests of all else: items may have any form. */
export const anyForm: CheckForms = () => Promise.resolve(new Map());
