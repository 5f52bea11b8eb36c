import { MetricsRegistry } from '../../../lib/metrics/registry.js';

/** Figures of one controller. */
export class ControllerFigures {
  readonly registry = new MetricsRegistry();
  readonly requests = this.registry.counter(
    'kong_mcp_controller_requests_total',
    'Requests to the API server.',
    ['method'],
  );
  readonly writes = this.registry.counter(
    'kong_mcp_controller_writes_total',
    'Writes to the cluster by what they are, and how they ended.',
    ['type', 'outcome'],
  );
  readonly plans = this.registry.counter(
    'kong_mcp_controller_plans_total',
    'How often everything was decided anew.',
  );
  readonly pushes = this.registry.counter(
    'kong_mcp_controller_pushes_total',
    'Configurations sent to the Kong by address, and how it answered.',
    ['outcome'],
  );
  readonly queue = this.registry.gauge('kong_mcp_controller_queue_length', 'Writes that wait.');
  readonly leading = this.registry.gauge(
    'kong_mcp_controller_leading',
    'One where this controller is the one that writes.',
  );
  readonly resources = this.registry.gauge(
    'kong_mcp_controller_resources',
    'Resources by whether they are ready.',
    ['kind', 'ready'],
  );
}
