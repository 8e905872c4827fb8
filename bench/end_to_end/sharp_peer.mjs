// The job in JavaScript with sharp (libvips): worker threads, each takes whole lines. Start it in the folder whose
// node_modules has sharp.
// usage: node sharp_peer.mjs IN.jsonl OUT_DIR WORKERS
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

const limitBytes = 10_000_000;
const mostImages = 10;
const taskBytes = 2_000_000;
const tasksWaitingEach = 3;
const shardBytes = 512_000_000;
const imageExamplesAShard = 50_000;

async function worker() {
  const sharp = createRequire(path.join(process.cwd(), 'here.js'))('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  const open = (data) => sharp(data, { limitInputPixels: false });

  async function acceptable(data) {
    const info = await open(data).metadata();
    const known = ['jpeg', 'png', 'webp'].includes(info.format);
    const palette = info.isPalette || info.paletteBitDepth !== undefined;
    const colour = info.space === 'srgb' && info.channels >= 3 && info.depth === 'uchar' && !palette;
    if (known && colour && data.length <= limitBytes) return null;
    const opened = () => open(data).toColourspace('srgb');
    if (data.length <= limitBytes) {
      const kind = known ? info.format : 'png';
      const made = await opened().toFormat(kind, kind === 'png' ? { palette: false } : { quality: 95 }).toBuffer();
      if (made.length <= limitBytes) return [made, kind];
    }
    const kind = info.hasAlpha ? 'webp' : 'jpeg';
    for (let quality = 95; quality >= 40; quality -= 5) {
      const made = await opened().toFormat(kind, { quality }).toBuffer();
      if (made.length <= limitBytes) return [made, kind];
    }
    throw new Error('does not fit');
  }

  async function convert(line) {
    try {
      const example = JSON.parse(line);
      let images = 0;
      for (const message of example.messages) {
        if (!Array.isArray(message.content)) continue;
        for (const part of message.content) {
          if (part.type !== 'image_url') continue;
          if (message.role === 'assistant' || ++images > mostImages) return null;
          const url = part.image_url.url;
          if (!url.startsWith('data:')) continue;
          const made = await acceptable(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
          if (made) part.image_url.url = `data:image/${made[1]};base64,${made[0].toString('base64')}`;
        }
      }
      return { text: JSON.stringify(example) + '\n', hasImage: images > 0 };
    } catch {
      return null;
    }
  }

  parentPort.on('message', async (lines) => {
    const results = [];
    for (const line of lines) results.push(await convert(line));
    parentPort.postMessage(results);
  });
}

class Shards {
  constructor(folder) {
    Object.assign(this, { folder, fd: null, opened: 0, bytes: 0, images: 0 });
  }
  add({ text, hasImage }) {
    const bytes = Buffer.byteLength(text);
    const full = this.bytes + bytes > shardBytes || (hasImage && this.images === imageExamplesAShard);
    if (this.fd === null || full) {
      this.close();
      this.fd = fs.openSync(path.join(this.folder, `train-${String(this.opened++).padStart(5, '0')}.jsonl`), 'w');
      this.bytes = this.images = 0;
    }
    fs.writeSync(this.fd, text);
    this.bytes += bytes;
    this.images += hasImage ? 1 : 0;
  }
  close() {
    if (this.fd !== null) fs.closeSync(this.fd);
  }
}

async function main([source, folder, workerCount]) {
  fs.mkdirSync(folder);
  const shards = new Shards(folder);
  const workers = Array.from({ length: Number(workerCount) }, () => {
    const thread = new Worker(new URL(import.meta.url));
    const answers = [];
    thread.on('message', (results) => answers.shift().resolve(results));
    thread.on('error', (error) => answers.forEach((answer) => answer.reject(error)));
    const ask = (lines) => new Promise((resolve, reject) => {
      answers.push({ resolve, reject });
      thread.postMessage(lines);
    });
    return { thread, ask };
  });
  let written = 0;
  let leftOut = 0;
  let asked = 0;
  const waiting = [];
  const send = (lines) => waiting.push(workers[asked++ % workers.length].ask(lines));
  const writeFirst = async () => {
    for (const result of await waiting.shift()) {
      if (result === null) {
        ++leftOut;
      } else {
        shards.add(result);
        ++written;
      }
    }
  };

  let lines = [];
  let size = 0;
  const input = fs.createReadStream(source, { highWaterMark: 1 << 20 });
  for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
    lines.push(line);
    size += line.length;
    if (size < taskBytes) continue;
    send(lines);
    lines = [];
    size = 0;
    if (waiting.length >= tasksWaitingEach * workers.length) await writeFirst();
  }
  if (lines.length > 0) send(lines);
  while (waiting.length > 0) await writeFirst();
  shards.close();
  console.log(written, leftOut);
  process.exit(0);
}

if (isMainThread) await main(process.argv.slice(2));
else await worker();
