/** What the demo shop sells: word lists only, no person and no real brand in them. */
export interface GoodsOfCategory {
  /** Category names from the top. */
  readonly path: readonly [string, string, string?];
  readonly goods: readonly string[];
  /** Attributes that tell SKUs apart; the first varies within a product, the others are chosen once. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Lowest and highest price in yuan. */
  readonly yuan: readonly [number, number];
}

export const demoBrands: readonly string[] =
  `Velmora Ostrella Kintara Nordwen Pellavo Quillmar Sorrenby Tavelin Umbrisk Wexaro Yarrowin Brindolo Calvesta
  Dorrivane Farnoway Gildamere Halvento Ivorane Jostrand Lumevar Mirastone Oakendale Rivenholt Thistlewick`.split(
    /\s+/,
  );

const colours = ["Black", "White", "Navy", "Sand", "Forest Green", "Brick Red"];
const sizes = ["S", "M", "L", "XL"];
const list = (text: string): string[] => text.split(",").map((word) => word.trim());

export const demoGoods: readonly GoodsOfCategory[] = [
  {
    path: ["Home", "Kitchen", "Cookware"],
    goods: list(`Cast Iron Skillet, Enamel Stock Pot, Carbon Steel Wok, Non-stick Saucepan, Steamer Set, Griddle Pan,
      Pressure Cooker, Milk Pan, Roasting Tin, Clay Casserole`),
    attributes: { size: ["20 cm", "24 cm", "28 cm"], colour: ["Black", "Grey", "Brick Red"] },
    yuan: [69, 599],
  },
  {
    path: ["Home", "Kitchen", "Tableware"],
    goods: list(`Dinner Plate Set, Soup Bowl Set, Stoneware Mug, Glass Tumbler Set, Bamboo Chopsticks, Cutlery Set,
      Serving Platter, Tea Set, Salad Bowl, Egg Cup Set`),
    attributes: { pieces: ["2 pieces", "4 pieces", "6 pieces"], colour: ["White", "Sand", "Navy"] },
    yuan: [29, 399],
  },
  {
    path: ["Home", "Kitchen", "Small Appliances"],
    goods: list(`Electric Kettle, Rice Cooker, Hand Blender, Toaster, Coffee Grinder, Drip Coffee Maker, Air Fryer,
      Egg Boiler, Food Processor, Induction Hob`),
    attributes: { colour: ["White", "Black", "Silver"], power: ["800 W", "1200 W", "1800 W"] },
    yuan: [99, 899],
  },
  {
    path: ["Home", "Bedroom", "Bedding"],
    goods: list(`Cotton Sheet Set, Down Duvet, Memory Foam Pillow, Linen Duvet Cover, Mattress Protector, Wool Blanket,
      Bolster Cushion, Flannel Sheet, Weighted Blanket, Silk Pillowcase`),
    attributes: { size: ["120 cm", "150 cm", "180 cm"], colour: ["White", "Grey", "Sand"] },
    yuan: [59, 1299],
  },
  {
    path: ["Home", "Bedroom", "Storage"],
    goods: list(`Under-bed Box, Wardrobe Organiser, Laundry Basket, Shoe Rack, Drawer Divider, Vacuum Bag Set,
      Hanging Shelf, Jewellery Tray, Storage Bench, Hat Hooks`),
    attributes: { size: ["Small", "Medium", "Large"], colour: ["White", "Grey"] },
    yuan: [19, 459],
  },
  {
    path: ["Home", "Lighting"],
    goods: list(`Desk Lamp, Floor Lamp, Bedside Lamp, Pendant Light, Night Light, Clip Light, Reading Light,
      String Lights, Ceiling Light, Picture Light`),
    attributes: { colour: ["Brass", "Black", "White"], light: ["warm", "neutral"] },
    yuan: [39, 699],
  },
  {
    path: ["Fashion", "Women", "Tops"],
    goods: list(`Cotton T-shirt, Linen Shirt, Ribbed Tank Top, Silk Blouse, Merino Sweater, Cropped Cardigan,
      Hooded Sweatshirt, Striped Jersey, Turtleneck, Wrap Top`),
    attributes: { size: sizes, colour: colours },
    yuan: [59, 499],
  },
  {
    path: ["Fashion", "Women", "Dresses"],
    goods: list(`Midi Dress, Shirt Dress, Wrap Dress, Knit Dress, Pleated Dress, Slip Dress, Denim Dress, Maxi Dress,
      Tunic Dress, Evening Dress`),
    attributes: { size: sizes, colour: colours },
    yuan: [129, 899],
  },
  {
    path: ["Fashion", "Men", "Shirts"],
    goods: list(`Oxford Shirt, Flannel Shirt, Polo Shirt, Denim Shirt, Linen Short-sleeve Shirt, Crew T-shirt,
      Henley Shirt, Corduroy Shirt, Work Shirt, Stretch Dress Shirt`),
    attributes: { size: sizes, colour: colours },
    yuan: [59, 459],
  },
  {
    path: ["Fashion", "Men", "Trousers"],
    goods: list(`Slim Chinos, Straight Jeans, Cargo Trousers, Wool Trousers, Jogger Pants, Linen Trousers, Shorts,
      Corduroy Trousers, Travel Trousers, Pleated Trousers`),
    attributes: { size: ["30", "32", "34", "36"], colour: colours },
    yuan: [99, 599],
  },
  {
    path: ["Fashion", "Shoes"],
    goods: list(`Canvas Sneakers, Running Shoes, Leather Loafers, Chelsea Boots, Hiking Boots, Slip-on Shoes, Sandals,
      Rain Boots, House Slippers, Court Shoes`),
    attributes: { size: ["37", "39", "41", "43"], colour: colours },
    yuan: [49, 899],
  },
  {
    path: ["Fashion", "Bags"],
    goods: list(`Day Backpack, Tote Bag, Crossbody Bag, Weekender, Belt Bag, Laptop Sleeve, Roll-top Backpack,
      Messenger Bag, Drawstring Bag, Card Holder`),
    attributes: { colour: colours, material: ["Canvas", "Recycled Nylon", "Leather"] },
    yuan: [39, 799],
  },
  {
    path: ["Electronics", "Audio", "Headphones"],
    goods:
      list(`Wireless Earbuds, Over-ear Headphones, Noise-cancelling Headphones, Sports Earphones, Studio Headphones,
      Open-ear Headset, Wired Earphones, Sleep Earbuds, Gaming Headset, Foldable Headphones`),
    attributes: { colour: ["Black", "White", "Blue"], edition: ["Standard", "Plus"] },
    yuan: [79, 1499],
  },
  {
    path: ["Electronics", "Audio", "Speakers"],
    goods: list(`Portable Speaker, Bookshelf Speaker, Soundbar, Shower Speaker, Clock Radio, Party Speaker,
      Desktop Speaker, Travel Speaker, Wall Speaker, Kitchen Radio`),
    attributes: { colour: ["Black", "Grey", "Red"], power: ["10 W", "30 W", "60 W"] },
    yuan: [99, 1999],
  },
  {
    path: ["Electronics", "Computing", "Keyboards and Mice"],
    goods: list(`Mechanical Keyboard, Low-profile Keyboard, Travel Keyboard, Number Pad, Wireless Mouse, Vertical Mouse,
      Trackball, Gaming Mouse, Keyboard and Mouse Set, Silent Mouse`),
    attributes: { layout: ["Red switches", "Brown switches", "Blue switches"], colour: ["Black", "White"] },
    yuan: [49, 899],
  },
  {
    path: ["Electronics", "Computing", "Displays"],
    goods: list(`Office Monitor, Curved Monitor, Portable Monitor, Colour-accurate Monitor, Gaming Monitor,
      Ultrawide Monitor, Touch Monitor, Vertical Monitor, Conference Display, Compact Monitor`),
    attributes: { size: ["24 inch", "27 inch", "32 inch"], colour: ["Black", "Silver"] },
    yuan: [799, 4999],
  },
  {
    path: ["Electronics", "Phone Accessories"],
    goods:
      list(`Fast Charger, Power Bank, Braided Cable, Wireless Charging Pad, Phone Stand, Car Mount, Screen Protector,
      Clear Case, Tripod, Travel Adapter`),
    attributes: { colour: ["Black", "White", "Blue"], version: ["Basic", "Pro"] },
    yuan: [15, 299],
  },
  {
    path: ["Outdoor", "Camping"],
    goods: list(`Dome Tent, Sleeping Bag, Camping Stove, Folding Chair, Headlamp, Cool Box, Camping Lantern, Hammock,
      Sleeping Mat, Mess Kit`),
    attributes: { size: ["1 person", "2 persons", "4 persons"], colour: ["Forest Green", "Sand", "Orange"] },
    yuan: [39, 1599],
  },
  {
    path: ["Outdoor", "Cycling"],
    goods: list(`Cycling Helmet, Bike Light Set, Frame Bag, Floor Pump, Cycling Gloves, Bottle Cage, Bike Lock,
      Repair Kit, Saddle, Phone Mount`),
    attributes: { size: ["S", "M", "L"], colour: ["Black", "White", "Yellow"] },
    yuan: [29, 599],
  },
  {
    path: ["Outdoor", "Fitness"],
    goods: list(`Yoga Mat, Resistance Bands, Kettlebell, Foam Roller, Skipping Rope, Dumbbell Pair, Balance Board,
      Pull-up Bar, Massage Ball, Exercise Bench`),
    attributes: { weight: ["light", "medium", "heavy"], colour: ["Black", "Blue", "Purple"] },
    yuan: [19, 699],
  },
  {
    path: ["Food and Drink", "Tea and Coffee", "Tea"],
    goods: list(`Green Tea, Oolong Tea, Black Tea, Jasmine Tea, White Tea, Pu-erh Cake, Chrysanthemum Tea, Genmaicha,
      Rooibos, Peppermint Tea`),
    attributes: { weight: ["50 g", "100 g", "250 g"], packing: ["Tin", "Pouch"] },
    yuan: [19, 399],
  },
  {
    path: ["Food and Drink", "Tea and Coffee", "Coffee"],
    goods: list(`Espresso Blend, House Blend, Single-origin Beans, Decaf Beans, Drip Bags, Cold Brew Bags,
      Instant Coffee, Breakfast Roast, Dark Roast, Light Roast`),
    attributes: { weight: ["200 g", "500 g", "1 kg"], grind: ["Beans", "Ground"] },
    yuan: [29, 299],
  },
  {
    path: ["Food and Drink", "Pantry"],
    goods: list(`Olive Oil, Jasmine Rice, Wildflower Honey, Soy Sauce, Sesame Paste, Roasted Almonds, Dried Mango,
      Egg Noodles, Chilli Oil, Sea Salt`),
    attributes: { weight: ["250 g", "500 g", "1 kg"], packing: ["Glass", "Pouch"] },
    yuan: [12, 169],
  },
  {
    path: ["Books and Stationery", "Stationery"],
    goods: list(`Dotted Notebook, Fountain Pen, Gel Pen Set, Desk Pad, Weekly Planner, Sketchbook, Sticky Notes,
      Pencil Case, Brush Pen Set, Document Folder`),
    attributes: { size: ["A6", "A5", "A4"], colour: ["Black", "Blue", "Sand"] },
    yuan: [9, 199],
  },
];
