import { writePage } from './write.js';

writePage();
