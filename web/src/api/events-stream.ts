/** One message of a stream of server-sent events. */
export interface StreamMessage {
  event: string;
  data: string;
}

/** Takes text as it arrives and gives whole messages (HTML standard, section 9.2.6). */
export class StreamReader {
  private rest = '';

  take(text: string): StreamMessage[] {
    const all = this.rest + text;
    // A last \r may be the first half of \r\n.
    const held = all.endsWith('\r') ? '\r' : '';
    const lines = all.slice(0, all.length - held.length).replace(/\r\n?/g, '\n');
    const end = lines.lastIndexOf('\n\n');
    if (end < 0) {
      this.rest = lines + held;
      return [];
    }
    this.rest = lines.slice(end + 2) + held;
    return lines.slice(0, end).split('\n\n').map(readMessage).filter((m) => m.data !== '');
  }
}

function readMessage(block: string): StreamMessage {
  const message: StreamMessage = { event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') message.event = value;
    if (field === 'data') message.data += (message.data ? '\n' : '') + value;
  }
  return message;
}
