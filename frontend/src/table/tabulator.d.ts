/** The part of tabulator-tables that is used here: the package has no types. */
declare module "tabulator-tables" {
  export interface CellComponent {
    getElement(): HTMLElement;
    getField(): string;
    getRow(): RowComponent;
  }
  export interface RowComponent {
    getElement(): HTMLElement;
    getData(): unknown;
    getPosition(): number | false;
    watchPosition(watcher: (position: number) => void): void;
    getCell(field: string): CellComponent;
  }
  export interface ColumnDefinition {
    title: string;
    field: string;
    formatter: (cell: CellComponent) => string | Node;
    frozen?: boolean;
    width?: number;
    minWidth?: number;
    widthGrow?: number;
    cssClass?: string;
    hozAlign?: "right" | "left";
    titleFormatter?: () => string | Node;
  }
  export interface Options {
    data: unknown[];
    columns: ColumnDefinition[];
    index: string;
    layout: "fitColumns";
    maxHeight: number;
    rowHeight: number;
    placeholder: string;
    renderVerticalBuffer: number;
    rowFormatter: (row: RowComponent) => void;
  }
  export class Tabulator {
    static registerModule(modules: unknown[]): void;
    constructor(element: HTMLElement, options: Options);
    on(event: "tableBuilt", listener: () => void): void;
    replaceData(rows: unknown[]): Promise<void>;
    getRowFromPosition(position: number): RowComponent | false;
    getRows(range: "visible"): RowComponent[];
    scrollToRow(row: RowComponent, position: "center" | "nearest", ifVisible: boolean): Promise<void>;
    destroy(): void;
  }
  export const FormatModule: unknown;
  export const FrozenColumnsModule: unknown;
  export const ResizeTableModule: unknown;
}
