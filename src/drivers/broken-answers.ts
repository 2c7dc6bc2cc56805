import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'

/**
 * Makes an answer over HTTP that breaks off in its middle an error of its request, in the whole process. Node tells it
 * to the response alone, and docker-modem 5 and papi 1 listen to the request alone: they would wait for the rest, the
 * one without end and the other until its time is over. Done once, however often it is called.
 * Source: https://nodejs.org/api/diagnostics_channel.html, `http.client.response.finish`.
 */
export function reportBrokenAnswers(): void {
  if (isReported) return
  isReported = true
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    response.once('error', (error) => request.emit('error', error))
  })
}

let isReported = false
