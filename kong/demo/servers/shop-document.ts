const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});

const product = { $ref: '#/components/schemas/Product' };

/** What the demo's REST API says of itself (OpenAPI 3.1). */
export const shopDocument = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1.0.0' },
  paths: {
    '/products': {
      get: {
        operationId: 'listProducts',
        summary: 'List products, all or of one category',
        parameters: [
          {
            name: 'category',
            in: 'query',
            description: 'Only products of this category.',
            schema: { type: 'string', examples: ['kitchen'] },
          },
        ],
        responses: {
          200: json('The products.', {
            type: 'object',
            required: ['products'],
            properties: { products: { type: 'array', items: product } },
          }),
        },
      },
    },
    '/products/{id}': {
      get: {
        operationId: 'getProduct',
        summary: 'Get one product',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: json('The product.', product), 404: { description: 'There is none.' } },
      },
    },
  },
  components: {
    schemas: {
      Product: {
        type: 'object',
        required: ['id', 'name', 'category', 'price'],
        properties: {
          id: { type: 'integer' },
          name: { type: 'string' },
          category: { type: 'string' },
          price: { type: 'number' },
        },
      },
    },
  },
} as const;
