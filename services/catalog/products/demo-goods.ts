/** What the demo shop sells, in words only: no person and no real brand is in them. */
export interface GoodsOfCategory {
  /** Category names from the top. */
  readonly path: readonly string[];
  /** Lowest and highest price in yuan. */
  readonly yuan: readonly [number, number];
  /** Attributes that tell SKUs apart; the first varies within a product, the others are chosen once. */
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[];
  readonly goods: readonly string[];
}

const BRANDS = `Velmora Ostrella Kintara Nordwen Pellavo Quillmar Sorrenby Tavelin Umbrisk Wexaro Yarrowin Brindolo
  Calvesta Dorrivane Farnoway Gildamere Halvento Ivorane Jostrand Lumevar Mirastone Oakendale Rivenholt Thistlewick`;

export const demoBrands: readonly string[] = BRANDS.split(/\s+/);

const GOODS = `
Home > Kitchen > Cookware; 69-599 yuan; size: 20 cm, 24 cm, 28 cm; colour: Black, Grey, Brick Red
  Cast Iron Skillet, Enamel Stock Pot, Carbon Steel Wok, Non-stick Saucepan, Steamer Set, Griddle Pan,
  Pressure Cooker, Milk Pan, Roasting Tin, Clay Casserole
Home > Kitchen > Tableware; 29-399 yuan; pieces: 2 pieces, 4 pieces, 6 pieces; colour: White, Sand, Navy
  Dinner Plate Set, Soup Bowl Set, Stoneware Mug, Glass Tumbler Set, Bamboo Chopsticks, Cutlery Set, Serving Platter,
  Tea Set, Salad Bowl, Egg Cup Set
Home > Kitchen > Small Appliances; 99-899 yuan; colour: White, Black, Silver; power: 800 W, 1200 W, 1800 W
  Electric Kettle, Rice Cooker, Hand Blender, Toaster, Coffee Grinder, Drip Coffee Maker, Air Fryer, Egg Boiler,
  Food Processor, Induction Hob
Home > Bedroom > Bedding; 59-1299 yuan; size: 120 cm, 150 cm, 180 cm; colour: White, Grey, Sand
  Cotton Sheet Set, Down Duvet, Memory Foam Pillow, Linen Duvet Cover, Mattress Protector, Wool Blanket,
  Bolster Cushion, Flannel Sheet, Weighted Blanket, Silk Pillowcase
Home > Bedroom > Storage; 19-459 yuan; size: Small, Medium, Large; colour: White, Grey
  Under-bed Box, Wardrobe Organiser, Laundry Basket, Shoe Rack, Drawer Divider, Vacuum Bag Set, Hanging Shelf,
  Jewellery Tray, Storage Bench, Hat Hooks
Home > Lighting; 39-699 yuan; colour: Brass, Black, White; light: warm, neutral
  Desk Lamp, Floor Lamp, Bedside Lamp, Pendant Light, Night Light, Clip Light, Reading Light, String Lights,
  Ceiling Light, Picture Light
Fashion > Women > Tops; 59-499 yuan; size: S, M, L, XL; colour: Black, White, Navy, Sand, Forest Green, Brick Red
  Cotton T-shirt, Linen Shirt, Ribbed Tank Top, Silk Blouse, Merino Sweater, Cropped Cardigan, Hooded Sweatshirt,
  Striped Jersey, Turtleneck, Wrap Top
Fashion > Women > Dresses; 129-899 yuan; size: S, M, L, XL; colour: Black, White, Navy, Sand, Forest Green, Brick Red
  Midi Dress, Shirt Dress, Wrap Dress, Knit Dress, Pleated Dress, Slip Dress, Denim Dress, Maxi Dress, Tunic Dress,
  Evening Dress
Fashion > Men > Shirts; 59-459 yuan; size: S, M, L, XL; colour: Black, White, Navy, Sand, Forest Green, Brick Red
  Oxford Shirt, Flannel Shirt, Polo Shirt, Denim Shirt, Linen Short-sleeve Shirt, Crew T-shirt, Henley Shirt,
  Corduroy Shirt, Work Shirt, Stretch Dress Shirt
Fashion > Men > Trousers; 99-599 yuan; size: 30, 32, 34, 36; colour: Black, White, Navy, Sand, Forest Green, Brick Red
  Slim Chinos, Straight Jeans, Cargo Trousers, Wool Trousers, Jogger Pants, Linen Trousers, Shorts, Corduroy Trousers,
  Travel Trousers, Pleated Trousers
Fashion > Shoes; 49-899 yuan; size: 37, 39, 41, 43; colour: Black, White, Navy, Sand, Forest Green, Brick Red
  Canvas Sneakers, Running Shoes, Leather Loafers, Chelsea Boots, Hiking Boots, Slip-on Shoes, Sandals, Rain Boots,
  House Slippers, Court Shoes
Fashion > Bags; 39-799 yuan; colour: Black, White, Navy, Sand, Forest Green, Brick Red; material: Canvas, Recycled Nylon, Leather
  Day Backpack, Tote Bag, Crossbody Bag, Weekender, Belt Bag, Laptop Sleeve, Roll-top Backpack, Messenger Bag,
  Drawstring Bag, Card Holder
Electronics > Audio > Headphones; 79-1499 yuan; colour: Black, White, Blue; edition: Standard, Plus
  Wireless Earbuds, Over-ear Headphones, Noise-cancelling Headphones, Sports Earphones, Studio Headphones,
  Open-ear Headset, Wired Earphones, Sleep Earbuds, Gaming Headset, Foldable Headphones
Electronics > Audio > Speakers; 99-1999 yuan; colour: Black, Grey, Red; power: 10 W, 30 W, 60 W
  Portable Speaker, Bookshelf Speaker, Soundbar, Shower Speaker, Clock Radio, Party Speaker, Desktop Speaker,
  Travel Speaker, Wall Speaker, Kitchen Radio
Electronics > Computing > Keyboards and Mice; 49-899 yuan; layout: Red switches, Brown switches, Blue switches; colour: Black, White
  Mechanical Keyboard, Low-profile Keyboard, Travel Keyboard, Number Pad, Wireless Mouse, Vertical Mouse, Trackball,
  Gaming Mouse, Keyboard and Mouse Set, Silent Mouse
Electronics > Computing > Displays; 799-4999 yuan; size: 24 inch, 27 inch, 32 inch; colour: Black, Silver
  Office Monitor, Curved Monitor, Portable Monitor, Colour-accurate Monitor, Gaming Monitor, Ultrawide Monitor,
  Touch Monitor, Vertical Monitor, Conference Display, Compact Monitor
Electronics > Phone Accessories; 15-299 yuan; colour: Black, White, Blue; version: Basic, Pro
  Fast Charger, Power Bank, Braided Cable, Wireless Charging Pad, Phone Stand, Car Mount, Screen Protector,
  Clear Case, Tripod, Travel Adapter
Outdoor > Camping; 39-1599 yuan; size: 1 person, 2 persons, 4 persons; colour: Forest Green, Sand, Orange
  Dome Tent, Sleeping Bag, Camping Stove, Folding Chair, Headlamp, Cool Box, Camping Lantern, Hammock, Sleeping Mat,
  Mess Kit
Outdoor > Cycling; 29-599 yuan; size: S, M, L; colour: Black, White, Yellow
  Cycling Helmet, Bike Light Set, Frame Bag, Floor Pump, Cycling Gloves, Bottle Cage, Bike Lock, Repair Kit, Saddle,
  Phone Mount
Outdoor > Fitness; 19-699 yuan; weight: light, medium, heavy; colour: Black, Blue, Purple
  Yoga Mat, Resistance Bands, Kettlebell, Foam Roller, Skipping Rope, Dumbbell Pair, Balance Board, Pull-up Bar,
  Massage Ball, Exercise Bench
Food and Drink > Tea and Coffee > Tea; 19-399 yuan; weight: 50 g, 100 g, 250 g; packing: Tin, Pouch
  Green Tea, Oolong Tea, Black Tea, Jasmine Tea, White Tea, Pu-erh Cake, Chrysanthemum Tea, Genmaicha, Rooibos,
  Peppermint Tea
Food and Drink > Tea and Coffee > Coffee; 29-299 yuan; weight: 200 g, 500 g, 1 kg; grind: Beans, Ground
  Espresso Blend, House Blend, Single-origin Beans, Decaf Beans, Drip Bags, Cold Brew Bags, Instant Coffee,
  Breakfast Roast, Dark Roast, Light Roast
Food and Drink > Pantry; 12-169 yuan; weight: 250 g, 500 g, 1 kg; packing: Glass, Pouch
  Olive Oil, Jasmine Rice, Wildflower Honey, Soy Sauce, Sesame Paste, Roasted Almonds, Dried Mango, Egg Noodles,
  Chilli Oil, Sea Salt
Books and Stationery > Stationery; 9-199 yuan; size: A6, A5, A4; colour: Black, Blue, Sand
  Dotted Notebook, Fountain Pen, Gel Pen Set, Desk Pad, Weekly Planner, Sketchbook, Sticky Notes, Pencil Case,
  Brush Pen Set, Document Folder
`;

/** One entry per category: a line of its path, prices and attributes, then its goods, indented. */
export function demoGoods(): GoodsOfCategory[] {
  return GOODS.trim()
    .split(/\n(?=\S)/)
    .map((entry) => {
      const [head = "", ...goods] = entry.trim().split("\n");
      const [path = "", prices = "", ...attributes] = head.split("; ");
      const [low = 0, high = 0] = prices.replace(" yuan", "").split("-").map(Number);
      return {
        path: path.split(" > "),
        yuan: [low, high],
        attributes: attributes.map((text) => {
          const [name = "", values = ""] = text.split(": ");
          return [name, values.split(", ")];
        }),
        goods: goods.join(" ").trim().split(/,\s+/),
      };
    });
}
