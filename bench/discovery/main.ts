import { tokensTable } from './table.js';

process.stdout.write(`${tokensTable()}\n`);
